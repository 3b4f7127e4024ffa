// Package page renders a run as report.html: one file that holds everything it shows
// and asks nobody for anything. The answer comes first, then the charts, the witnesses
// of violations, every cell, and how all of it was measured. Every number is the
// result's, the environment's or the history's.
//
// The words and tables are package report's, the pictures package chart's. It is a
// function of its input: histories are read by who calls it.
package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"

	"github.com/rlbench/rlbench/internal/claims"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

// Run is what a page shows.
type Run struct {
	Result *result.Result
	// Environment is environment.json; nil if there is none.
	Environment *result.Environment
	// Gate is gate.json; nil if the run was not held against rules.
	Gate *gate.Report
	// Claims are what rests on this run; nil if it is no experiment of claims.
	Claims []claims.Row
	// Rows reads operations of a cell's history by their row numbers; nil if the
	// histories are not at hand.
	Rows func(c *result.Cell, rows []int) ([]history.Op, error)
}

var (
	//go:embed page.html
	markup string
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

var layout = template.Must(template.New("page").Funcs(template.FuncMap{"anchor": anchor, "words": words, "steps": steps, "link": link}).Parse(markup))

// Write renders the page. Equal runs give equal bytes.
func Write(w io.Writer, run Run) error {
	v, err := newView(run)
	if err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	var b bytes.Buffer // whole or not at all: a template that fails has written a part
	if err := layout.Execute(&b, v); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}

// view is what the template shows.
type view struct {
	Policy        string
	Style         template.CSS
	Script        template.JS
	Run           *result.Run
	Title         string
	Lead          string // what the title has no room for
	Report        report.Document
	Tiles         []tile
	Gate          *decisions
	Claims        []claims.Row
	Charts        []drawing
	Witnesses     []witness
	WitnessesLeft int // that are not shown
	Table         table
	Cells         template.JS
	Environment   *environment
}

func newView(run Run) (*view, error) {
	r := run.Result
	charts, inks, err := drawings(r)
	if err != nil {
		return nil, err
	}
	cells, err := details(r)
	if err != nil {
		return nil, err
	}
	v := &view{
		Style: template.CSS(style + inks), Script: template.JS(script), Run: &r.Run, Report: report.Describe(r, run.Gate),
		Tiles: tiles(r.Cells), Gate: newDecisions(run.Gate), Claims: run.Claims, Charts: charts, Table: newTable(r.Cells), Cells: template.JS(cells), Environment: newEnvironment(run.Environment),
	}
	v.Policy = policy(string(v.Style), script)
	v.Title, v.Lead = headline(v.Report.Claims)
	v.Witnesses, v.WitnessesLeft = witnesses(run)
	return v, nil
}

// mostTitle is the length beyond which further claims go below the title.
const mostTitle = 90

// headline puts as many claims into the title as fit, but at least one.
func headline(claims []string) (title, lead string) {
	n := 1
	for n < len(claims) && len(strings.Join(claims[:n+1], "; ")) <= mostTitle {
		n++
	}
	if n < len(claims) {
		lead = capital(strings.Join(claims[n:], "; ")) + "."
	}
	return capital(strings.Join(claims[:n], "; ")), lead
}

// capital begins with a capital letter; claims begin with an ASCII letter or a digit.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// tile is one count of the verdicts, with a word and a tone.
type tile struct {
	Count      int
	Word, Note string
	Tone       string // good, bad, open, plain: a class
}

func tiles(cells []result.Cell) []tile {
	off := tile{Word: "not as expected", Tone: "good"}
	broke := tile{Word: "invalid", Note: "broke the contract", Tone: "plain"}
	kept := tile{Word: "valid", Note: "kept the contract", Tone: "plain"}
	open := tile{Word: "no verdict", Note: "could not be judged, or only speed was measured", Tone: "plain"}
	foreseen := 0
	for i := range cells {
		c := &cells[i]
		if !c.AsExpected {
			off.Count, off.Tone = off.Count+1, "bad"
		}
		switch c.Verdict {
		case "invalid":
			broke.Count++
			if c.AsExpected {
				foreseen++
			}
		case "valid":
			kept.Count++
		default:
			open.Count++
		}
	}
	off.Note = "of " + report.Plural(len(cells), "cell")
	if broke.Count > 0 {
		broke.Note = fmt.Sprintf("broke the contract, %d of them as the scenario expects", foreseen)
	}
	return []tile{off, broke, kept, open}
}

// anchor makes a word for the address of a section.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, title)
}

// link leads to a cell. Its slashes stay readable.
func link(id string) template.URL { return template.URL((&url.URL{Fragment: "cell=" + id}).String()) }

// span is a part of a sentence; one of Code stood between backticks.
type span struct {
	Text string
	Code bool
}

func words(text string) (spans []span) {
	for i, part := range strings.Split(text, "`") {
		spans = append(spans, span{part, i%2 == 1})
	}
	return spans
}

// steps are the parts of a name, at whose slashes a line may break.
func steps(name string) []string { return strings.SplitAfter(name, "/") }
