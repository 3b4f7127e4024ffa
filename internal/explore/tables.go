package explore

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// tables hold everything that states only have the numbers of.
type tables struct {
	model    *modelredis.Model
	programs []*program
	scripts  []string // digests, in the order in which they were loaded
	sources  map[string]string

	stores    *interned[store]
	requests  *interned[sent]
	responses *interned[response]
	watches   *interned[[]string] // keys that somebody watches
	touches   *interned[[]string] // keys that a request touched
	finished  *interned[[]op]     // requests that have ended
	pasts     *interned[[]int32]  // stores before the last writes, the latest first
	abandoned *interned[[]late]   // requests that are still on their way
	texts     *interned[string]   // what the roles of a pattern answer
	bindings  *interned[[]uint8]  // names of the ids that a request has drawn

	effects  map[cause]effect
	judged   map[verdictKey][properties]bool
	finishes map[finish]int32
	bound    map[named]int32 // requests with the ids' names in them
	seen     map[named]int32 // responses as the client sees them
}

// store is a keyspace and what the search asks of it.
type store struct {
	modelredis.Store
	// mortal are the keys that an event of the environment may take away: no database
	// forgets its rows.
	mortal []string
	// immortal is a key without a time to live that should have one; empty for none.
	immortal string
	ids      uint64 // that occur in it, a bit each
}

// sent is a request and what the search asks of it.
type sent struct {
	modelredis.Request
	writes bool
	keys   []string
	script int    // position in tables.scripts, -1 if it is none
	ids    uint64 // that it names, a bit each
	// symbols are the ids that its client has drawn and that it needs, a bit each.
	symbols uint8
}

// late is an abandoned request that is still on its way. If it is an EXEC, its
// connection goes on watching.
type late struct {
	request, watched int32
	dirty            bool
}

// compareLate orders abandoned requests by what they are, not by their numbers: a trace
// says which of several arrives, and must mean the same one when it is played again.
func (t *tables) compareLate(l, m late) int {
	a, b := t.requests.values[l.request].Request, t.requests.values[m.request].Request
	return cmp.Or(strings.Compare(encodeRequest(a), encodeRequest(b)),
		slices.Compare(t.watches.values[l.watched], t.watches.values[m.watched]), cmp.Compare(flag(l.dirty), flag(m.dirty)))
}

// lateID numbers the abandoned requests, in whatever order they were abandoned.
func (t *tables) lateID(list []late) int32 {
	slices.SortFunc(list, t.compareLate)
	var text []byte
	for _, l := range list {
		text = append(binary.AppendVarint(binary.AppendVarint(text, int64(l.request)), int64(l.watched)), flag(l.dirty))
	}
	return t.abandoned.id(string(text), list)
}

// cause is all that the effect of a request depends on, or that of time.
type cause struct {
	store, request int32
	now            algorithms.Instant
}

// onlyTime is in the place of a request where nothing happens but that an instant comes.
const onlyTime = -1

// effect is what a request does: the store after it, the response, the touched keys.
type effect struct{ store, response, touched int32 }

func newTables() *tables {
	return &tables{
		model: modelredis.New(), sources: map[string]string{},
		stores: newInterned[store](), requests: newInterned[sent](), responses: newInterned[response](),
		watches: newInterned[[]string](), touches: newInterned[[]string](), finished: newInterned[[]op](),
		pasts: newInterned[[]int32](), abandoned: newInterned[[]late](), texts: newInterned[string](), bindings: newBindings(),
		effects: map[cause]effect{}, judged: map[verdictKey][properties]bool{}, finishes: map[finish]int32{},
		bound: map[named]int32{}, seen: map[named]int32{},
	}
}

// maxScripts is how many scripts a subject may run: state.noLua has a bit for each.
const maxScripts = 8

// load makes a script known to the server.
func (t *tables) load(source string) {
	sha := drivers.NewScript(source).SHA()
	if t.sources[sha] == "" {
		if len(t.scripts) == maxScripts {
			refuse("it runs more than %d scripts", maxScripts)
		}
		t.model.Load(source)
		t.sources[sha] = source
		t.scripts = append(t.scripts, sha)
	}
}

func (t *tables) storeID(s modelredis.Store) int32 {
	text := s.Encode()
	if id, known := t.stores.ids[text]; known {
		return id
	}
	v := store{Store: s}
	for _, e := range s.Entries() {
		v.ids |= idsIn(e.Key) | idsIn(e.Value)
		if strings.HasPrefix(e.Key, patterns.Database) {
			continue
		}
		v.mortal = append(v.mortal, e.Key)
		if e.Deadline < 0 && v.immortal == "" {
			v.immortal = e.Key
		}
	}
	return t.stores.id(text, v)
}

func (t *tables) requestID(r modelredis.Request) int32 {
	text := encodeRequest(r)
	if id, known := t.requests.ids[text]; known {
		return id
	}
	v := sent{Request: r, script: -1}
	for _, arg := range slices.Concat(r.Commands...) {
		if number := realTime(arg); number != "" {
			refuse("it sends %s, which holds the time of this machine (%s): it must take the time from Env.Now", spell(r), number)
		}
		v.ids |= idsIn(arg)
		v.symbols |= symbolsIn(arg)
	}
	if r.Kind == modelredis.Watch {
		v.keys = r.Commands[0][1:]
		return t.requests.id(text, v)
	}
	for _, cmd := range r.Commands {
		writes, err := modelredis.Writes(cmd)
		if err != nil {
			refuse("it sends %s: %w", spell(r), err)
		}
		keys, err := modelredis.Keys(cmd)
		if err != nil {
			refuse("it sends %s: %w", spell(r), err)
		}
		v.writes = v.writes || writes
		v.keys = append(v.keys, keys...)
		if strings.EqualFold(cmd[0], "EVALSHA") {
			v.script = slices.Index(t.scripts, cmd[1])
		}
	}
	return t.requests.id(text, v)
}

func (t *tables) watchID(keys string) int32 {
	return t.watches.id(keys, decodeList(keys))
}

// noWatch is the number of watching nothing.
func (t *tables) noWatch() int32 { return t.watchID("") }

// ok is what WATCH answers.
var ok = modelredis.Reply{Reply: drivers.Reply{Kind: drivers.Text, Text: "OK"}}

// effect runs a request on a store, once for all states.
func (t *tables) effect(c cause) effect {
	e, known := t.effects[c]
	if known {
		return e
	}
	if c.request == onlyTime {
		return t.expire(c)
	}
	r := t.requests.values[c.request]
	result := modelredis.Result{Store: t.stores.values[c.store].Store, Replies: []modelredis.Reply{ok}}
	if r.Kind != modelredis.Watch {
		var err error
		if result, err = t.model.Run(result.Store, c.now, r.Request); err != nil {
			refuse("it sends %s: %w", spell(r.Request), err)
		}
	}
	e = effect{
		store: t.storeID(result.Store), response: t.responseID(response{replies: result.Replies}),
		touched: t.touches.id(encodeList(result.Touched), result.Touched),
	}
	t.effects[c] = e
	return e
}

// expire takes the keys away whose time is over.
func (t *tables) expire(c cause) effect {
	left, gone := t.model.Expire(t.stores.values[c.store].Store, c.now)
	e := effect{store: t.storeID(left), touched: t.touches.id(encodeList(gone), gone)}
	t.effects[c] = e
	return e
}

func (t *tables) responseID(r response) int32 { return t.responses.id(r.encode(), r) }

// learned are the scripts, a bit each, that a server knows again after EVAL.
func (t *tables) learned(r *sent) (known uint8) {
	for _, cmd := range r.Commands {
		if !strings.EqualFold(cmd[0], "EVAL") {
			continue
		}
		if i := slices.Index(t.scripts, drivers.NewScript(cmd[1]).SHA()); i >= 0 {
			known |= 1 << i
		}
	}
	return known
}

// breaks says that a touched key is among the watched ones.
func (t *tables) breaks(touched, watched int32) bool {
	keys := t.touches.values[touched]
	return len(keys) > 0 && slices.ContainsFunc(t.watches.values[watched], func(k string) bool { return slices.Contains(keys, k) })
}
