package report

import (
	"strings"

	pretty "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// table has a row per group and one fact about it in each column.
type table struct {
	title   string
	columns []column
	rows    []group
	// note stands below the table.
	note string
}

// column is one fact about a group of cells.
type column struct {
	head string
	// words are set to the left, numbers to the right.
	words bool
	// wide columns are left out on a terminal.
	wide bool
	// value spells the fact; with the range of the cells, if long.
	value func(g group, long bool) string
}

// mostWords is the width beyond which words wrap on a terminal.
const mostWords = 20

func (t table) render(f form) string {
	w := pretty.NewWriter()
	long := f == markdown
	var head pretty.Row
	var layout []pretty.ColumnConfig
	for i, c := range t.columns {
		head = append(head, c.head)
		layout = append(layout, c.layout(i+1, f))
	}
	w.AppendHeader(head)
	for _, g := range t.rows {
		var row pretty.Row
		for _, c := range t.columns {
			row = append(row, c.value(g, long))
		}
		w.AppendRow(row)
	}
	w.SetColumnConfigs(layout)
	if long {
		return w.RenderMarkdown()
	}
	w.SetStyle(bare())
	w.SuppressTrailingSpaces()
	return w.Render()
}

func (c column) layout(number int, f form) pretty.ColumnConfig {
	l := pretty.ColumnConfig{Number: number, Align: text.AlignRight, AlignHeader: text.AlignRight}
	if c.words {
		l.Align, l.AlignHeader = text.AlignLeft, text.AlignLeft
	}
	if f == terminal {
		l.Hidden, l.WidthMax, l.WidthMaxEnforcer = c.wide, mostWords, wrapWords
	}
	return l
}

// wrapWords breaks between words, and a name that is too long after its last slash or dot.
func wrapWords(s string, width int) string {
	if i := strings.LastIndexAny(s, "/.") + 1; i > 0 && len(s) > width && !strings.Contains(s, " ") {
		s = s[:i] + " " + s[i:]
	}
	return text.WrapSoft(s, width)
}

// bare has no frame: two spaces between columns, a line below the heads.
func bare() pretty.Style {
	s := pretty.StyleLight
	s.Options = pretty.Options{SeparateHeader: true}
	s.Format.Header = text.FormatDefault
	s.Box.PaddingLeft, s.Box.PaddingRight = "", "  "
	return s
}

// medianOf is a column of medians.
func medianOf(head string, m measure, q quantity) column {
	return column{head: head, value: func(g group, long bool) string { return median(g.values(m), q, long) }}
}

// onPage leaves the column out on a terminal.
func (c column) onPage() column {
	c.wide = true
	return c
}

// nameOf is the column of the groups' names.
func nameOf(head string) column {
	return column{head: head, words: true, value: func(g group, _ bool) string { return g.name }}
}
