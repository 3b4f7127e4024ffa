// Package report says in words and tables what a run found: summary.md, the end of
// the output of rlbench run, and bench.txt. Every sentence is derived from the
// result; a claim that the data does not carry is not made. It is pure.
//
// Pictures are drawn by package chart, numbers computed by package metrics.
package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// Summary writes the whole report as Markdown: what was found, worst first, which
// algorithm, which client, what failed and how to see it again, how it was measured.
func Summary(w io.Writer, r *result.Result) error {
	p := &page{form: markdown}
	p.heading("# ", Finding(r.Cells, nil))
	p.paragraph(Caution(r))
	p.paragraph(count(r.Cells))
	tables := limiterTables(r.Cells)
	for _, t := range tables {
		p.heading("## ", t.title)
		p.table(t)
		p.paragraph(t.note)
	}
	p.paragraph(legend(tables, p.form))
	p.section("Which algorithm", algorithms(r))
	p.section("Which client", clients(r.Cells))
	for _, s := range further(r.Cells) {
		p.section(s.title, s.part)
	}
	p.section("What failed", failures(r, -1))
	p.section("Worth seeing", worthSeeing(r))
	p.section("Offered too little", busy(r))
	p.section("How it was measured", method(r))
	return p.write(w)
}

// Terminal writes the short report for a terminal, at most 100 columns wide; g is nil if
// the run went through no gate.
func Terminal(w io.Writer, r *result.Result, g *gate.Report) error {
	p := &page{form: terminal}
	p.paragraph(Finding(r.Cells, g) + ".")
	p.paragraph(Caution(r))
	p.paragraph(count(r.Cells))
	tables := limiterTables(r.Cells)
	for _, t := range tables {
		p.paragraph(t.title)
		p.table(t)
		p.paragraph(t.note)
	}
	p.paragraph(legend(tables, p.form))
	p.part(algorithms(r))
	p.part(clients(r.Cells))
	for _, s := range further(r.Cells) {
		p.paragraph(s.title)
		p.part(s.part)
	}
	p.part(failures(r, shortList))
	p.part(worthSeeing(r))
	p.part(busy(r))
	return p.write(w)
}

// further are the sections on what is not measured as limiters in calm are.
func further(cells []result.Cell) []section {
	return slices.Concat(faults(cells), connects(cells), sweeps(cells), drivers(cells))
}

// shortList is how many failures a terminal shows.
const shortList = 5

// part is a piece of the report: a sentence or two, then a table, then items.
type part struct {
	text  string
	table *table
	items []item
}

// item is one line of a list, and the command that belongs to it, if any.
type item struct{ text, command string }

func (p part) empty() bool { return p.text == "" && p.table == nil && len(p.items) == 0 }

// form is how a page is laid out.
type form int

const (
	markdown form = iota
	terminal
)

// page collects blocks, which one empty line separates.
type page struct {
	form form
	body bytes.Buffer
}

func (p *page) block(text string) {
	if text == "" {
		return
	}
	if p.body.Len() > 0 {
		p.body.WriteString("\n")
	}
	p.body.WriteString(text + "\n")
}

func (p *page) heading(mark, text string) { p.block(mark + text) }

func (p *page) paragraph(text string) {
	if p.form == terminal {
		text = Wrap("", text, "")
	}
	p.block(text)
}

func (p *page) table(t table) { p.block(t.render(p.form)) }

func (p *page) section(title string, s part) {
	if s.empty() {
		return
	}
	if title != "" {
		p.heading("## ", title)
	}
	p.part(s)
}

func (p *page) part(s part) {
	p.paragraph(s.text)
	if s.table != nil {
		p.table(*s.table)
		p.paragraph(s.table.note)
	}
	items := make([]string, len(s.items))
	for i, it := range s.items {
		items[i] = p.item(it)
	}
	p.block(strings.Join(items, "\n"))
}

// item puts a command where it can be copied: on a terminal, on a line of its own.
func (p *page) item(it item) string {
	switch {
	case p.form == terminal && it.command != "":
		return Wrap("- ", it.text, "  ") + ":\n  " + it.command
	case p.form == terminal:
		return Wrap("- ", it.text, "  ")
	case it.command != "":
		return "- " + it.text + ": `" + it.command + "`"
	}
	return "- " + it.text
}

func (p *page) write(w io.Writer) error {
	if _, err := p.body.WriteTo(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// Caution says why a run is no evidence, or not all of it; empty if it is.
func Caution(r *result.Result) string {
	var why []string
	if !r.Run.RealRedis {
		why = append(why, "Not a real Redis: these results are no evidence.")
	}
	if !r.Run.Complete && r.Run.Planned > 0 {
		why = append(why, fmt.Sprintf("Incomplete: %d of %d planned cells.", len(r.Cells), r.Run.Planned))
	}
	return strings.Join(why, " ")
}
