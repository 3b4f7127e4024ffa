package transcript

import (
	"fmt"
	"strings"
)

// row draws what happens in a row.
func (s *sheet) row(i int) {
	r, p := s.rows[i], s.places[i]
	s.margin(i)
	switch {
	case r.kind == ClientDies:
		s.dies(r, p)
	case r.kind == Tick:
		s.tick(p)
	case r.kind == ReadClock && r.lane >= 0:
		s.busy(r, p)
		s.says(p, noteFace, dark)
		s.stroke(s.lane[r.lane]+5, p.request, s.wire-6, p.request, 1, ink(r.lane).full, "1.5 3")
	case len(r.sent) > 0 && r.lane >= 0 && r.kind != LateEffect:
		s.trip(r, p)
	case len(r.sent) > 0:
		s.arrives(r, p)
	default:
		s.says(p, noteFace, amber)
	}
	if p.pill > 0 {
		s.pill(r, p)
	}
}

// margin has the number of the step, and the time where it is another.
func (s *sheet) margin(i int) {
	r, p := s.rows[i], s.places[i]
	if r.number > 0 {
		s.pen.text(s.number+13, p.request+4, smallFace, faint, "end", fmt.Sprint(r.number))
	}
	if s.timed && (i == 0 || s.rows[i-1].us != r.us) {
		s.pen.text(s.clock, p.request+4, smallFace, dark, "start", clock(r.us))
	}
}

// says writes the words of an event, in the middle of its row.
func (s *sheet) says(p place, f face, fill string) {
	y := p.request + 4.5 - float64(len(p.says)-1)*f.line()/2
	s.lines(s.wire, y, f, fill, p.says)
}

// busy marks that a client is at work.
func (s *sheet) busy(r row, p place) {
	s.box(s.lane[r.lane]-5, p.request-5, 10, p.answer-p.request+10, 2, ink(r.lane).full, "", "")
}

// trip draws a request and its reply, and what became of the reply.
func (s *sheet) trip(r row, p place) {
	x, color := s.lane[r.lane], ink(r.lane).full
	s.busy(r, p)
	s.lines(s.wire, p.request-float64(len(p.says)-1)*commandFace.line()-5, commandFace, dark, p.says)
	if r.kind == Abandon {
		s.abandoned(r, p)
		return
	}
	s.stroke(x+5, p.request, s.redis-8, p.request, 1.3, color, "")
	s.head(s.redis-4, p.request, 1, color, true)
	s.box(s.redis-4, p.request-4, 8, p.answer-p.request+8, 1, slate, "", "")
	if len(p.reply) == 0 {
		return
	}
	if !r.kind.sends() {
		s.replyLines(p, noteFace, amber)
		s.stroke(s.redis-4, p.answer, s.wire-10, p.answer, 1.2, amber, "4 3")
		s.cross(s.wire-14, p.answer, 4.5, 2, alarm)
		return
	}
	s.replyLines(p, replyFace, grey)
	s.stroke(s.redis-4, p.answer, x+12, p.answer, 1.1, color, "4 3")
	s.head(x+5, p.answer, -1, color, false)
}

func (s *sheet) replyLines(p place, f face, fill string) {
	s.lines(s.wire, p.answer-float64(len(p.reply)-1)*f.line()-5, f, fill, p.reply)
}

// abandoned draws a request that does not arrive: it ends on its way.
func (s *sheet) abandoned(r row, p place) {
	until := s.redis - 60
	s.stroke(s.lane[r.lane]+5, p.request, until, p.request, 1.3, ink(r.lane).full, "")
	fmt.Fprintf(s, `<circle cx="%s" cy="%s" r="4" fill="%s" stroke="%s" stroke-width="1.5"/>`+"\n",
		px(until+4), px(p.request), white, ink(r.lane).full)
	s.replyLines(p, noteFace, amber)
}

// arrives draws a request that comes from nowhere: its client has long given it up.
func (s *sheet) arrives(r row, p place) {
	s.lines(s.wire, p.request-float64(len(p.says)-1)*commandFace.line()-5, commandFace, dark, p.says)
	s.stroke(s.redis-56, p.request, s.redis-8, p.request, 1.3, amber, "")
	fmt.Fprintf(s, `<circle cx="%s" cy="%s" r="4" fill="%s" stroke="%s" stroke-width="1.5"/>`+"\n",
		px(s.redis-60), px(p.request), white, amber)
	s.head(s.redis-4, p.request, 1, amber, true)
	s.box(s.redis-4, p.request-4, 8, 8, 1, slate, "", "")
	s.replyLines(p, noteFace, amber)
}

// bands shades what is not of a client's making, below all else.
func (s *sheet) bands() {
	for i, r := range s.rows {
		if r.kind.sends() || r.kind == ReadClock || r.kind == Tick || r.kind == ClientDies {
			continue
		}
		p, left := s.places[i], s.lane[0]-s.laneWide/2
		s.box(left, p.top-1, s.redis+10-left, p.said-p.top-2, 3, sand, "", "")
	}
}

// tick draws that the clock advances, for all at once.
func (s *sheet) tick(p place) {
	left, right := s.lane[0]-s.laneWide/2, s.redis+22
	s.stroke(left, p.request, s.wire-8, p.request, 1.2, amber, "5 4")
	widest := 0.0
	for _, line := range p.says {
		widest = max(widest, noteFace.width(line))
	}
	s.stroke(s.wire+widest+8, p.request, right, p.request, 1.2, amber, "5 4")
	s.says(p, noteFace, amber)
}

// dies draws the end of a client.
func (s *sheet) dies(r row, p place) {
	s.cross(s.lane[r.lane], p.request, 7, 3, alarm)
	s.stroke(s.lane[r.lane]+14, p.request, s.wire-6, p.request, 1, alarm, "1.5 3")
	s.says(p, noteFace, alarm)
}

// pill draws the outcome of a request where it ends, as a word.
func (s *sheet) pill(r row, p place) {
	fill, stroke, text, more := white, dark, dark, ""
	word := r.verdict()
	switch word {
	case "allowed":
		fill, stroke, text = assent, "", white
	case "failed":
		stroke, text = alarm, alarm
	case "unknown":
		stroke, text, more = grey, grey, ` stroke-dasharray="3 2"`
	}
	word = shortened(word, s.laneWide-24, pillFace.width)
	w := pillFace.width(word) + 16
	s.box(s.lane[r.lane]-w/2, p.pill-8.5, w, 17, 8.5, fill, stroke, more)
	s.pen.text(s.lane[r.lane], p.pill+3.8, pillFace, text, "middle", word)
}

// verdict is the word of an outcome without its reason, which a pointer that rests on
// the row is shown.
func (r row) verdict() string {
	word, _, _ := strings.Cut(r.outcome, ": ")
	return word
}
