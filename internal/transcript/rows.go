package transcript

import "strings"

// down finds the rows.
func (s *sheet) down() {
	room := s.wide - 2*pad
	s.title = clip(flow(capital(plain(s.Violation)), room-14, titleFace.width), maxLines, room-14, titleFace.width)
	s.about = s.preface(room - 14)
	y := pad + 6 + float64(len(s.title))*titleFace.line() + float64(len(s.about))*aboutFace.line() + 24
	s.top = y + headHigh
	y = s.top + 14
	for _, r := range s.rows {
		p := s.place(r, y)
		y = p.bottom
		s.places = append(s.places, p)
		s.waits = s.waits || r.lane >= 0 && r.lanes[r.lane] == acts && !r.last
	}
	s.bottom = y + 10
	s.foot = s.afterword(room)
	s.high = s.bottom + 26 + float64(len(s.foot))*smallFace.line() + pad - 14
}

// preface says what was looked at.
func (s *sheet) preface(room float64) []string {
	var list []string
	for _, text := range []string{
		plain(s.Subject) + ": " + plain(s.About),
		strings.TrimSuffix("promise: "+plain(s.Promise), "promise: "),
		strings.TrimPrefix(plain(s.Scenario)+": "+s.bounds(), ": "),
		s.skews(),
		strings.TrimSuffix("before: "+s.seed(), "before: "),
	} {
		list = append(list, clip(flow(text, room, aboutFace.width), 3, room, aboutFace.width)...)
	}
	return list
}

// afterword says where the schedule is from, and how to read the picture.
func (s *sheet) afterword(room float64) []string {
	parts := []string{s.effort() + " · " + s.proof()}
	if s.waits {
		parts = append(parts, "bars on the lines of clients are requests under way: full during a trip to Redis, pale between trips, where others can come in")
	}
	if at := s.origin(); at != "" {
		parts = append(parts, at)
	}
	var list []string
	for _, part := range parts {
		list = append(list, flow(part, room, smallFace.width)...)
	}
	return list
}

// place lays out one row whose top is at y.
func (s *sheet) place(r row, y float64) place {
	p := place{top: y}
	if len(r.sent) > 0 {
		s.placeTrip(&p, r)
	} else {
		s.placeEvent(&p, r)
	}
	p.said = p.bottom
	if r.outcome != "" && r.lane >= 0 {
		p.pill = p.bottom + 9
		p.bottom = p.pill + 14
	}
	p.keys = keyLines(r.keys, s.keysWide)
	if len(p.keys) > 0 {
		p.keysTop = p.request - 12
		p.bottom = max(p.bottom, p.keysTop+linesHigh(p.keys)+6)
	}
	return p
}

// placeTrip lays out words above an arrow, there and back.
func (s *sheet) placeTrip(p *place, r row) {
	m := commandFace.width
	p.says = clip(flowCommands(r.sent, s.wireWide, m), maxLines, s.wireWide, m)
	p.request = p.top + float64(len(p.says))*commandFace.line() + 5
	answer, f := r.reply, replyFace
	if !r.kind.sends() {
		answer, f = r.op, noteFace
	}
	p.reply = clip(flow(answer, s.wireWide, f.width), maxLines, s.wireWide, f.width)
	p.answer = p.request + 4
	if len(p.reply) > 0 {
		p.answer = p.request + float64(len(p.reply))*f.line() + 7
	}
	p.bottom = p.answer + 9
}

// placeEvent lays out words with nothing that is sent.
func (s *sheet) placeEvent(p *place, r row) {
	text := r.op
	if r.reply != "" {
		text += ": " + r.reply
	}
	m := noteFace.width
	p.says = clip(flow(text, s.wireWide, m), maxLines, s.wireWide, m)
	high := float64(max(1, len(p.says)))*noteFace.line() + 10
	p.request = p.top + 4 + high/2
	p.answer = p.request
	p.bottom = p.top + high + 10
}
