package transcript

import (
	"fmt"
	"io"
	"strings"
)

// SVG writes the trace as a sequence diagram: a picture with no script and no font of
// its own, on a white card, so that it can be read on a page of any colour. It has the
// steps in words too, for those who do not see it.
func SVG(w io.Writer, t Trace) error {
	s := newSheet(t)
	s.open()
	s.heading()
	s.bands()
	s.lifelines()
	s.bars()
	for i := range s.rows {
		s.group(s.told(i))
		s.row(i)
		s.keyspace(i)
		s.end()
	}
	s.lines(pad, s.bottom+30, smallFace, faint, s.foot)
	s.WriteString("</svg>\n")
	_, err := w.Write(s.Bytes())
	return err
}

func (s *sheet) open() {
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" version="1.1" role="img" width="%s" height="%s" viewBox="0 0 %s %s">`+"\n",
		px(s.wide), px(s.high), px(s.wide), px(s.high))
	fmt.Fprintf(s, "<title>%s</title>\n", escapedXML(plain(s.Subject)+": "+plain(s.Violation)))
	fmt.Fprintf(s, "<desc>%s</desc>\n", escapedXML(s.story()))
	s.WriteString(`<style>.s{font-family:system-ui,"Helvetica Neue",Arial,sans-serif}` +
		`.m{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}</style>` + "\n")
	s.box(0.5, 0.5, s.wide-1, s.high-1, 8, white, rule, "")
}

// story is the whole schedule in words.
func (s *sheet) story() string {
	var list []string
	for i := range s.rows {
		list = append(list, s.told(i))
	}
	return strings.Join(append(list, s.endings()...), "; ")
}

// told is a row in words, with nothing left out of what is sent.
func (s *sheet) told(i int) string {
	r := s.rows[i]
	var said []string
	if len(r.whole) > 0 {
		said = append(said, strings.Join(r.whole, " · "))
	}
	if !r.kind.sends() {
		said = append(said, r.op)
	}
	if r.reply != "" {
		said = append(said, "answer "+r.reply)
	}
	if r.outcome != "" {
		said = append(said, r.outcome)
	}
	text := strings.Join(said, ", ")
	if r.number > 0 {
		text = fmt.Sprintf("step %d, %s: %s", r.number, r.actor, text)
	}
	return text
}

// heading draws the finding, with the colour of the technique beside it, and what was
// looked at.
func (s *sheet) heading() {
	name := s.Subject[strings.LastIndexByte(s.Subject, '/')+1:]
	color, known := techniques[name]
	if !known {
		color = slate
	}
	high := float64(len(s.title))*titleFace.line() + float64(len(s.about))*aboutFace.line()
	s.box(pad, pad-2, 4, high+4, 2, color, "", "")
	y := pad + titleFace.size - 3
	s.lines(pad+14, y, titleFace, dark, s.title)
	y += float64(len(s.title))*titleFace.line() + 1
	s.lines(pad+14, y-3, aboutFace, grey, s.about)
}

// lifelines draws the heads and the lines below them.
func (s *sheet) lifelines() {
	for i, c := range s.clients {
		x, until := s.lane[i], s.bottom
		for k, r := range s.rows {
			if r.kind == ClientDies && r.lane == i {
				until = s.places[k].request
			}
		}
		s.stroke(x, s.top, x, until, 1, rule, "")
		text := shortened(head(c), s.laneWide-24, boldFace.width)
		w := boldFace.width(text) + 16
		s.box(x-w/2, s.top-headHigh, w, headHigh-2, 5, ink(i).full, "", "")
		s.pen.text(x, s.top-headHigh+17.5, boldFace, white, "middle", text)
	}
	s.stroke(s.redis, s.top, s.redis, s.bottom, 1, rule, "")
	w := boldFace.width("Redis") + 24
	s.box(s.redis-w/2, s.top-headHigh, w, headHigh-2, 5, slate, "", "")
	s.pen.text(s.redis, s.top-headHigh+17.5, boldFace, white, "middle", "Redis")
	if s.hasKeys {
		s.pen.text(s.keys, s.top-headHigh+17.5, smallFace, faint, "start", "keyspace, where it changed")
	}
}

func ink(lane int) struct{ full, pale string } { return inks[lane%len(inks)] }

// bars draws the requests: full where the client is at work, pale where it was
// interrupted, so that requests which overlap are side by side.
func (s *sheet) bars() {
	for lane := range s.clients {
		from := -1.0
		for i, r := range s.rows {
			p := s.places[i]
			switch r.lanes[lane] {
			case acts:
				if from >= 0 {
					s.interrupted(lane, from, p.request-5)
				}
				from = p.answer + 5
				if r.last {
					from = -1
				}
			case ended:
				if from >= 0 {
					s.interrupted(lane, from, p.request)
				}
				from = -1
			}
		}
		if from >= 0 {
			s.interrupted(lane, from, s.bottom)
		}
	}
}

func (s *sheet) interrupted(lane int, from, to float64) {
	s.box(s.lane[lane]-5, from, 10, max(0, to-from), 0, ink(lane).pale, "", "")
}

// keyspace draws the box of what is in Redis, if the row changed it.
func (s *sheet) keyspace(i int) {
	p := s.places[i]
	if len(p.keys) == 0 {
		return
	}
	s.stroke(s.redis+4, p.request, s.keys, p.request, 1, rule, "")
	s.box(s.keys, p.keysTop, s.keysWide, linesHigh(p.keys), 4, wash, rule, "")
	y := p.keysTop + 3
	for _, line := range p.keys {
		y += line.face.line()
		s.pen.text(s.keys+9+line.indent, y-1, line.face, line.fill, "start", line.text)
	}
}
