package report

import (
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// Document is the report as data, for a page with a layout of its own: the same words
// and tables as Summary's. Texts are plain, without markup.
type Document struct {
	// Claims are what was found, the most surprising first: clauses in lower case.
	Claims []string
	// Caution says why the run is no evidence, or not all of it; Count how many cells
	// got which verdict. Either may be empty.
	Caution, Count string
	// Needs are the answer.
	Needs []Need
	// Choices are which algorithm and which client.
	Choices []Section
	// Limiters are tables, worst first; Legend explains them. Further are what faults
	// and sweeps showed.
	Limiters []Section
	Legend   string
	Further  []Section
	// Failures, Seen and Busy are lists of cells with commands; any may be empty.
	Failures, Seen, Busy Section
	// Method says how it was measured.
	Method []string
}

// Section is a piece of the report; each of its fields may be empty.
type Section struct {
	Title, Text string
	Table       *Table
	Items       []Item
	// Note stands below the table.
	Note string
}

// Empty says that there is nothing to show.
func (s Section) Empty() bool { return s.Text == "" && s.Table == nil && len(s.Items) == 0 }

// Table holds a row per limiter, client or step, and one spelled fact in each column.
type Table struct {
	Heads []Head
	Rows  [][]string
}

// Head names a column; one of Words is set to the left, numbers to the right.
type Head struct {
	Text  string
	Words bool
}

// Item is a sentence, and the command that belongs to it, if any.
type Item struct{ Text, Command string }

// Describe returns the report of a run as data; g is nil if it went through no gate.
func Describe(r *result.Result, g *gate.Report) Document {
	d := Document{
		Claims: claims(r.Cells, g), Caution: Caution(r), Count: count(r.Cells), Needs: needs(r),
		Failures: sectionOf(failures(r, -1)), Seen: sectionOf(worthSeeing(r)), Busy: sectionOf(busy(r)),
	}
	tables := limiterTables(r.Cells)
	d.Legend = legend(tables, markdown)
	for _, t := range tables {
		d.Limiters = append(d.Limiters, Section{Title: t.title, Table: t.data(), Note: t.note})
	}
	d.Choices = sectionsOf([]section{{"Which algorithm", algorithms(r)}, {"Which client", clients(r.Cells)}})
	d.Further = sectionsOf(further(r.Cells))
	for _, it := range method(r).items {
		d.Method = append(d.Method, it.text)
	}
	return d
}

// sectionsOf leaves out what is empty.
func sectionsOf(sections []section) (list []Section) {
	for _, s := range sections {
		if !s.empty() {
			d := sectionOf(s.part)
			d.Title = s.title
			list = append(list, d)
		}
	}
	return list
}

func sectionOf(p part) Section {
	d := Section{Text: p.text}
	if p.table != nil {
		d.Table, d.Note = p.table.data(), p.table.note
	}
	for _, it := range p.items {
		d.Items = append(d.Items, Item{it.text, it.command})
	}
	return d
}

func (t *table) data() *Table {
	d := &Table{}
	for _, c := range t.columns {
		d.Heads = append(d.Heads, Head{c.head, c.words})
	}
	for _, g := range t.rows {
		var row []string
		for _, c := range t.columns {
			row = append(row, c.value(g, true))
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}

// How values are spelled in every report.

// Micros spells a time given in microseconds.
func Micros(us float64) string { return micros.text(us) }

// Share spells a ratio in per cent.
func Share(ratio float64) string { return share.text(ratio) }

// Octets spells a number of bytes.
func Octets(n float64) string { return octets.text(n) }

// Number spells a number without a unit.
func Number(n float64) string { return plain.text(n) }

// Plural spells a number of things.
func Plural(n int, thing string) string { return plural(n, thing) }

// Quoted spells a word so that a shell leaves it as it is.
func Quoted(word string) string { return quoted(word) }
