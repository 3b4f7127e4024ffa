package transcript

// The distances of the picture, in pixels.
const (
	pad       = 30.0
	leastWide = 800.0
	leastLane = 92.0
	mostLane  = 180.0
	mostLanes = 720.0 // of all together, if each still has the least
	leastWire = 230.0
	mostWire  = 384.0
	leastKeys = 144.0
	mostKeys  = 240.0
	headHigh  = 28.0
	maxLines  = 6
	maxKeys   = 6
)

// sheet is where everything of the picture is. From left to right: the numbers and
// times of the steps, the lanes of the clients, the wire, which has all words on what is
// sent and answered, the line of Redis, and the keyspace.
//
// The words have a place of their own because arrows of the first client cross the lanes
// of all others, where words would be struck through.
type sheet struct {
	*scene
	pen
	number, clock    float64 // the left edges
	lane             []float64
	laneWide         float64
	wire, wireWide   float64
	redis            float64
	keys, keysWide   float64
	wide, high       float64
	top, bottom      float64 // of the life lines
	places           []place
	title            []string
	about, foot      []string
	hasKeys, hasRole bool
	waits            bool // a request takes several trips
}

// place is where a row is, from top to bottom.
type place struct {
	top, bottom float64
	says        []string // the lines of the request, or of the event
	reply       []string
	request     float64 // y of the arrow there
	said        float64 // where the words end
	answer      float64 // y of the arrow back; where it has none, of its end
	pill        float64 // y of the middle of the outcome
	keys        []keyLine
	keysTop     float64
}

// keyLine is a line in a box of the keyspace.
type keyLine struct {
	text   string
	face   face
	fill   string
	indent float64
}

func newSheet(t Trace) *sheet {
	s := &sheet{scene: newScene(t)}
	s.across()
	s.down()
	return s
}

// across finds the columns.
func (s *sheet) across() {
	s.number = pad
	s.clock = pad + 22
	x := s.clock
	if s.timed {
		widest := 0.0
		for _, r := range s.rows {
			widest = max(widest, smallFace.width(clock(r.us)))
		}
		x += widest + 6
	}
	s.laneWide = s.laneWidth()
	for range s.clients {
		s.lane = append(s.lane, x+s.laneWide/2)
		x += s.laneWide
	}
	s.wire = x + 4
	s.wireWide = s.wireWidth()
	s.redis = s.wire + s.wireWide + 20
	s.keys = s.redis + 42
	s.keysWide = s.keysWidth()
	right := s.redis + 44
	if s.hasKeys {
		right = s.keys + s.keysWide
	}
	if spare := leastWide - pad - right; spare > 0 {
		s.widen(spare)
		right += spare
	}
	s.wide = right + pad
}

// widen gives what is left of the page to the wire.
func (s *sheet) widen(by float64) {
	s.wireWide += by
	s.redis += by
	s.keys += by
}

// laneWidth leaves room for what stands on a lane: its head and its outcomes.
func (s *sheet) laneWidth() float64 {
	w := leastLane
	for _, r := range s.rows {
		w = max(w, pillFace.width(r.verdict())+34)
		s.hasRole = s.hasRole || r.lane >= 0 && s.clients[r.lane].role != ""
	}
	for _, c := range s.clients {
		w = max(w, boldFace.width(head(c))+30)
	}
	return min(w, mostLane, max(leastLane, mostLanes/float64(len(s.clients))))
}

// head is what stands at the top of a client's lane.
func head(c client) string {
	if c.role != "" {
		return c.name + " " + c.role
	}
	return "client " + c.name
}

func (s *sheet) wireWidth() float64 {
	w := leastWire
	for _, r := range s.rows {
		for _, line := range flowCommands(r.sent, mostWire, commandFace.width) {
			w = max(w, commandFace.width(line))
		}
		w = max(w, replyFace.width(r.reply), noteFace.width(r.op))
	}
	return min(w, mostWire)
}

func (s *sheet) keysWidth() float64 {
	w := leastKeys
	for _, r := range s.rows {
		s.hasKeys = s.hasKeys || len(r.keys) > 0
		for _, line := range keyLines(r.keys, mostKeys) {
			w = max(w, line.face.width(line.text)+line.indent+18)
		}
	}
	return min(w, mostKeys)
}

// keyLines are the lines of a box of the keyspace. What a row did not change is faint.
func keyLines(keys []key, width float64) []keyLine {
	var list []keyLine
	room := width - 18
	for i, k := range keys {
		if i == maxKeys {
			return append(list, keyLine{text: "and " + count(len(keys)-i, "key") + " more", face: smallFace, fill: faint})
		}
		fill, life := dark, grey
		switch {
		case k.gone:
			for _, line := range clip(flow(k.name+" is gone", room, replyFace.width), 2, room, replyFace.width) {
				list = append(list, keyLine{text: line, face: replyFace, fill: alarm})
			}
			continue
		case k.same:
			fill, life = faint, faint
		case k.endless:
			life = alarm
		}
		for _, line := range clip(flow(k.name+" = "+k.value, room, replyFace.width), maxLines, room, replyFace.width) {
			list = append(list, keyLine{text: line, face: replyFace, fill: fill})
		}
		list = append(list, keyLine{text: k.life, face: face{size: 11, bold: k.endless && !k.same}, fill: life, indent: 8})
	}
	return list
}

func linesHigh(list []keyLine) float64 {
	high := 10.0
	for _, line := range list {
		high += line.face.line()
	}
	return high
}
