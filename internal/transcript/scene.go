package transcript

import (
	"math"
	"slices"

	"github.com/rlbench/rlbench/internal/modelredis"
)

// scene is a trace in the words and in the order that all forms for people share.
type scene struct {
	Trace
	clients []client
	rows    []row
	// timed says that time passes.
	timed bool
	// counted says that clients make several requests.
	counted bool
	spell   *speller
}

// client is one lane.
type client struct {
	name, role string
	// died is the number of its last step, if it does no more after it, and open says
	// that the trace ends in the middle of its request.
	died, last int
	open       bool
}

// lane is what a client does in a row.
type lane int

const (
	idle  lane = iota
	acts       // the row is a step of it
	waits      // it is in the middle of a request, and another is at work
	ended      // it dies here
	gone       // it does no more
)

// row is a step. The death of a client is a row without a number where no step says so.
type row struct {
	number  int
	kind    Kind
	actor   string
	lane    int // the index of the client; -1 for the environment
	request int
	us      int64 // after t0
	// sent are the commands, what is sent around them included, and whole is the same
	// with nothing left out. Both are empty if nothing is sent.
	sent, whole []string
	// op is the event in words.
	op             string
	reply, outcome string
	// first and last say that a request begins or ends here.
	first, last bool
	lanes       []lane
	// keys is the keyspace, if the row changed it.
	keys []key
}

// key is what is said of one key.
type key struct {
	name, value, life string
	endless           bool // it has no TTL
	same              bool // the row did not change it
	gone              bool // the row removed it
}

func newScene(t Trace) *scene {
	s := &scene{Trace: t, spell: &speller{t0US: t.T0US}}
	for i := range min(max(t.Params.Clients, 0), maxClients) {
		s.clients = append(s.clients, client{name: string(rune('A' + i))})
	}
	s.meet()
	for i, st := range t.Steps {
		s.rows = append(s.rows, s.row(i, st))
		if c := s.client(st.Actor); c >= 0 && s.clients[c].died == i+1 && st.Kind != ClientDies {
			s.rows = append(s.rows, s.death(c, s.rows[len(s.rows)-1]))
		}
	}
	s.follow()
	return s
}

// meet collects what is known of each client and of time.
func (s *scene) meet() {
	s.timed = len(s.Ticks) > 0
	for i, st := range s.Steps {
		s.timed = s.timed || st.TMS > 0
		s.counted = s.counted || st.Request > 1
		c := s.client(st.Actor)
		if c < 0 || st.Kind == LateEffect {
			continue
		}
		s.clients[c].last = i + 1
		s.clients[c].open = st.Outcome == ""
		if st.Role != "" {
			s.clients[c].role = plain(st.Role)
		}
		if st.Kind == ClientDies || slices.Contains(s.Crashed, st.Actor) {
			s.clients[c].died = i + 1
		}
	}
}

// client is the index of a client, -1 for all others.
func (s *scene) client(name string) int {
	return slices.IndexFunc(s.clients, func(c client) bool { return c.name == name })
}

func (s *scene) row(i int, st Step) row {
	r := row{
		number: i + 1, kind: st.Kind, actor: plain(st.Actor), lane: s.client(st.Actor), request: st.Request,
		us: int64(math.Round(st.TMS * 1_000)), op: s.spell.event(st),
		reply: s.spell.said(st.Reply), outcome: plain(st.Outcome),
	}
	if len(st.Commands) > 0 {
		r.sent = s.spell.request(st)
		all := speller{whole: true}
		r.whole = all.request(st)
	}
	if len(st.Commands) == 1 && len(st.Commands[0]) == 1 && r.sent[0] == "TIME" {
		r.reply = s.spell.time(st.Reply)
	}
	var before []modelredis.Entry
	if i > 0 {
		before = s.Steps[i-1].After
	}
	r.keys = s.keyspace(before, st.After, i)
	return r
}

func (s *scene) death(c int, after row) row {
	return row{
		kind: ClientDies, actor: s.clients[c].name, lane: c, us: after.us,
		op: "client " + s.clients[c].name + " dies here and does no more",
	}
}

// keyspace says what is in it after step i, or nothing if that is what was before.
func (s *scene) keyspace(before, after []modelredis.Entry, i int) []key {
	if slices.Equal(before, after) {
		return nil
	}
	now := s.T0US + int64(math.Round(s.Steps[i].TMS*1_000))
	if slices.ContainsFunc(s.Steps[:i+1], func(st Step) bool { return st.Kind == StepClock }) {
		now = 0
	}
	var list []key
	for _, e := range after {
		k := s.key(e, now)
		k.same = slices.Contains(before, e)
		list = append(list, k)
	}
	for _, e := range before {
		if !slices.ContainsFunc(after, func(a modelredis.Entry) bool { return a.Key == e.Key }) {
			list = append(list, key{name: s.spell.key(e.Key), gone: true})
		}
	}
	return list
}

func (s *scene) key(e modelredis.Entry, now int64) key {
	return key{name: s.spell.key(e.Key), value: s.spell.value(e), life: s.spell.life(e, now), endless: e.Deadline < 0}
}

// follow tells for each row what each client does.
func (s *scene) follow() {
	state := make([]lane, len(s.clients))
	for i := range s.rows {
		r := &s.rows[i]
		r.lanes = slices.Clone(state)
		if r.lane < 0 {
			continue
		}
		switch {
		case r.kind == ClientDies:
			r.lanes[r.lane], state[r.lane] = ended, gone
		case r.kind == LateEffect || state[r.lane] == gone:
			// The client has given the request up, and may be dead or in another.
		default:
			r.first = state[r.lane] != waits
			r.last = r.outcome != ""
			r.lanes[r.lane], state[r.lane] = acts, waits
			if r.last {
				state[r.lane] = idle
			}
		}
	}
}

// text is a key on one line.
func (k key) text() string {
	if k.gone {
		return k.name + " is gone"
	}
	return k.name + " = " + k.value + ", " + k.life
}
