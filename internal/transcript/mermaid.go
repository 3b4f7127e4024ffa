package transcript

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Mermaid writes the trace as a sequence diagram in the language of Mermaid, which
// GitHub draws from a fenced block that is marked as mermaid. There is a participant
// for each client and one for Redis; activations are requests, so that overlapping ones
// show that a client was interrupted.
func Mermaid(w io.Writer, t Trace) error {
	d := diagram{scene: newScene(t), active: map[int]bool{}}
	d.line("sequenceDiagram")
	for _, c := range d.clients {
		if c.role != "" {
			d.line("    participant %s as %s: %s", c.name, c.name, escaped(c.role))
		} else {
			d.line("    participant %s", c.name)
		}
	}
	d.line("    participant Redis")
	d.over("%s", lines(plain(d.Subject), d.bounds()))
	for i, r := range d.rows {
		d.row(i, r)
	}
	for i := range d.clients {
		d.rest(i)
	}
	d.over("%s", lines(append([]string{plain(d.Violation)}, d.endings()...)...))
	_, err := w.Write(d.Bytes())
	return err
}

// mermaidWidth is how many characters of a message stand on one line.
const mermaidWidth = 56

type diagram struct {
	*scene
	bytes.Buffer
	active map[int]bool
}

func (d *diagram) line(format string, args ...any) {
	fmt.Fprintf(d, format+"\n", args...)
}

// over writes a note across all.
func (d *diagram) over(format string, args ...any) {
	d.line("    Note over A,Redis: "+format, args...)
}

func (d *diagram) row(i int, r row) {
	if d.timed && i > 0 && d.rows[i-1].us != r.us && r.kind != Tick {
		d.over("%s", clock(r.us))
	}
	switch {
	case r.lane < 0 || r.kind == LateEffect:
		d.event(r)
	case r.kind == ClientDies:
		d.line("    Note over %s: ✕ %s", r.actor, lines(r.op))
		d.rest(r.lane)
	case len(r.sent) == 0:
		d.begin(r)
		d.line("    Note over %s: %s", r.actor, lines(fmt.Sprint(r.number, " ", r.op), r.reply))
	default:
		d.begin(r)
		d.trip(r)
	}
	if text := changes(r.keys); len(text) > 0 {
		d.line("    Note right of Redis: %s", lines(text...))
	}
	if r.last {
		d.line("    Note over %s: %s", r.actor, lines(r.outcome))
		d.rest(r.lane)
	}
}

func (d *diagram) event(r row) {
	text := []string{fmt.Sprint(r.number, " ", r.op)}
	if len(r.sent) > 0 {
		text = append(text, strings.Join(r.sent, " · "))
	}
	if r.kind == Tick {
		text[0] += " (" + clock(r.us) + ")"
	}
	d.over("%s", lines(append(text, r.reply)...))
}

// trip is a request and its reply. One that is lost ends in a cross.
func (d *diagram) trip(r row) {
	said := fmt.Sprint(r.number, " ", strings.Join(r.sent, " · "))
	if r.kind == Abandon {
		d.line("    %s-)Redis: %s", r.actor, lines(said, r.op))
		return
	}
	d.line("    %s->>Redis: %s", r.actor, lines(said))
	switch {
	case !r.kind.sends():
		d.line("    Redis--x%s: %s", r.actor, lines(r.op, r.reply))
	case r.reply != "":
		d.line("    Redis-->>%s: %s", r.actor, lines(r.reply))
	}
}

// begin shows that a request is under way; rest that it is not any more. Mermaid
// refuses to end what has not begun.
func (d *diagram) begin(r row) {
	if !d.active[r.lane] {
		d.active[r.lane] = true
		d.line("    activate %s", r.actor)
	}
}

func (d *diagram) rest(lane int) {
	if d.active[lane] {
		delete(d.active, lane)
		d.line("    deactivate %s", d.clients[lane].name)
	}
}

func changes(keys []key) []string {
	var list []string
	for _, k := range keys {
		if !k.same {
			list = append(list, k.text())
		}
	}
	return list
}

// lines is the texts, escaped and broken into lines, without the empty ones.
func lines(texts ...string) string {
	var list []string
	for _, text := range texts {
		for _, line := range flow(text, mermaidWidth, columns) {
			list = append(list, escaped(line))
		}
	}
	return strings.Join(list, "<br/>")
}

// escaped writes what has a meaning in Mermaid or in HTML as Mermaid's entities: a
// semicolon ends a statement, # begins an entity, %% a comment or a directive. A colon
// is not safe behind a word that begins a statement on styles.
func escaped(text string) string {
	text = strings.NewReplacer(
		"#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "%%", "#37;#37;",
	).Replace(text)
	if strings.Contains(text, "style") || strings.Contains(text, "classDef") {
		text = strings.ReplaceAll(text, ":", "#58;")
	}
	return text
}
