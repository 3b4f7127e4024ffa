package transcript

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// tableWidth is how wide a table is at most. The lanes of many clients come on top.
const tableWidth = 110

// Text writes the trace as a table of steps for a terminal. Each client has a lane of
// its own, in which its letter stands where it acts and a bar where it was interrupted
// in the middle of a request:
//
//	#  A B  step                  reply        outcome  keyspace after
//	1  A    GET rl{u}:w           (nil)
//	2  │ B  GET rl{u}:w           (nil)
//	3  A │  INCRBY rl{u}:w 1      (integer) 1           rl{u}:w = "1", no TTL
func Text(w io.Writer, t Trace) error {
	s := newScene(t)
	var b bytes.Buffer
	s.header(&b)
	s.table(&b)
	s.footer(&b)
	_, err := w.Write(b.Bytes())
	return err
}

func (s *scene) header(b *bytes.Buffer) {
	fmt.Fprintln(b, plain(s.Subject))
	paragraph(b, "  ", plain(s.About))
	about := []struct{ name, text string }{
		{"promise", plain(s.Promise)},
		{"scenario", strings.TrimPrefix(plain(s.Scenario)+": "+s.bounds(), ": ")},
		{"roles", s.cast()},
		{"clocks", s.skews()},
		{"seed", s.seed()},
	}
	for _, line := range about {
		if line.text != "" {
			paragraph(b, fmt.Sprintf("%-10s", line.name+":"), line.text)
		}
	}
	b.WriteByte('\n')
}

// paragraph writes text in lines that hang behind the first prefix.
func paragraph(b *bytes.Buffer, prefix, text string) {
	hang := strings.Repeat(" ", int(columns(prefix)))
	for i, line := range flow(text, tableWidth-columns(prefix), columns) {
		if i > 0 {
			prefix = hang
		}
		fmt.Fprintln(b, prefix+line)
	}
}

// cells of a row of the table, each of several lines.
type cells [][]string

func (s *scene) table(b *bytes.Buffer) {
	head := []string{"#", "time", s.laneHead(), "step", "reply", "outcome", "keyspace after"}
	width := s.widths(head)
	var grid []cells
	for i, r := range s.rows {
		grid = append(grid, s.cells(i, r, width))
	}
	head, width, grid = used(head, width, grid)
	printLine(b, head, width)
	for _, row := range grid {
		height := 0
		for _, cell := range row {
			height = max(height, len(cell))
		}
		for i := range height {
			printLine(b, row.line(i), width)
		}
	}
	b.WriteByte('\n')
}

// widths gives each column what it would like, and where that is too much in all, less
// to those that can be broken.
func (s *scene) widths(head []string) []int {
	const unlimited = 1 << 20
	width := make([]int, len(head))
	for i := range width {
		width[i] = unlimited
	}
	need := make([]int, len(head))
	for i := range head {
		need[i] = len([]rune(head[i]))
	}
	for i, r := range s.rows {
		for k, cell := range s.cells(i, r, width) {
			for _, line := range cell {
				need[k] = max(need[k], len([]rune(line)))
			}
		}
	}
	over := -tableWidth + 2*(len(need)-1)
	for _, n := range need {
		over += n
	}
	for _, column := range []struct{ index, least int }{{3, 44}, {6, 34}, {4, 20}, {5, 12}, {3, 34}, {6, 26}} {
		less := max(0, min(over, need[column.index]-column.least))
		need[column.index] -= less
		over -= less
	}
	return need
}

func (s *scene) cells(i int, r row, width []int) cells {
	var number, time []string
	if r.number > 0 {
		number = []string{fmt.Sprint(r.number)}
	}
	if s.timed && (i == 0 || s.rows[i-1].us != r.us) {
		time = []string{clock(r.us)}
	}
	var keys []string
	for _, k := range r.keys {
		if !k.same {
			keys = append(keys, flow(k.text(), float64(width[6]), columns)...)
		}
	}
	return cells{
		number, time, {s.laneLine(r)},
		s.step(r, float64(width[3])),
		flow(r.reply, float64(width[4]), columns),
		flow(r.outcome, float64(width[5]), columns),
		keys,
	}
}

// step is what is done: the commands, or an event, which is starred.
func (s *scene) step(r row, width float64) []string {
	var lines []string
	if !r.kind.sends() {
		lines = flow(r.starred(), width, columns)
	}
	if len(r.sent) > 0 {
		lines = append(lines, flowCommands(r.sent, width, columns)...)
	}
	return lines
}

// starred is the words of an event.
func (r row) starred() string {
	if r.kind == ReadClock {
		return r.op
	}
	return "* " + r.op
}

func (c cells) line(i int) []string {
	list := make([]string, len(c))
	for k, cell := range c {
		if i < len(cell) {
			list[k] = cell[i]
		}
	}
	return list
}

// used leaves out the columns that are empty all the way down.
func used(head []string, width []int, grid []cells) ([]string, []int, []cells) {
	for k := len(head) - 1; k >= 0; k-- {
		if slices.ContainsFunc(grid, func(c cells) bool { return len(c[k]) > 0 }) {
			continue
		}
		head, width = slices.Delete(head, k, k+1), slices.Delete(width, k, k+1)
		for i := range grid {
			grid[i] = slices.Delete(grid[i], k, k+1)
		}
	}
	return head, width, grid
}

func printLine(b *bytes.Buffer, list []string, width []int) {
	var line strings.Builder
	for i, text := range list {
		pad := strings.Repeat(" ", max(0, width[i]-len([]rune(text))))
		if i == 0 { // the number of the step
			line.WriteString(pad + text)
			continue
		}
		line.WriteString("  " + text + pad)
	}
	fmt.Fprintln(b, strings.TrimRight(line.String(), " "))
}

func (s *scene) laneHead() string {
	var list []string
	for _, c := range s.clients {
		list = append(list, s.laneCell(c.name))
	}
	return strings.Join(list, " ")
}

// laneLine draws the lanes of a row.
func (s *scene) laneLine(r row) string {
	var list []string
	for i, is := range r.lanes {
		sign := ""
		switch {
		case is == acts && s.counted:
			sign = fmt.Sprint(s.clients[i].name, r.request)
		case is == acts:
			sign = s.clients[i].name
		case is == waits && r.kind == Tick:
			sign = "┼"
		case r.kind == Tick:
			sign = "─"
		case is == waits:
			sign = "│"
		case is == ended:
			sign = "✕"
		}
		list = append(list, s.laneCell(sign))
	}
	return strings.Join(list, " ")
}

func (s *scene) laneCell(sign string) string {
	if s.counted {
		return fmt.Sprintf("%-2s", sign)
	}
	return fmt.Sprintf("%-1s", sign)
}

func (s *scene) footer(b *bytes.Buffer) {
	paragraph(b, "=> ", strings.TrimPrefix(plain(s.Property)+": "+plain(s.Violation), ": "))
	for _, line := range s.endings() {
		paragraph(b, "   ", line)
	}
	if n := len(s.Steps); n > 0 && !slices.Equal(s.Final, s.Steps[n-1].After) {
		now := s.T0US + s.rows[len(s.rows)-1].us
		for _, e := range s.Final {
			paragraph(b, "   ", "in the end "+s.key(e, now).text())
		}
	}
	s.listScripts(b)
	b.WriteByte('\n')
	for _, line := range []string{s.effort(), s.proof(), s.origin()} {
		if line != "" {
			paragraph(b, "", line)
		}
	}
}

// listScripts prints the scripts: which line is wrong is often the whole story.
func (s *scene) listScripts(b *bytes.Buffer) {
	const most = 80
	for _, d := range slices.Sorted(maps.Keys(s.Scripts)) {
		lines := strings.Split(strings.TrimSpace(s.Scripts[d]), "\n")
		fmt.Fprintf(b, "\nscript %s, %s\n", digest(d), count(len(lines), "line"))
		if len(lines) > most {
			lines = append(slices.Clone(lines[:most]), "...")
		}
		for _, line := range lines {
			fmt.Fprintln(b, strings.TrimRight("  "+cut(plain(strings.ReplaceAll(line, "\t", "  ")), tableWidth-2), " "))
		}
	}
}
