package modelredis

import (
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// Model runs requests. It keeps nothing between them but compiled scripts. It is not
// safe for concurrent use.
type Model struct {
	// Defect is seeded by tests of the comparison with a real server.
	Defect Defect

	known map[string]string // source by digest
	lua   *interpreter      // made by the first script
}

// New returns a model.
func New() *Model { return &Model{known: map[string]string{}} }

// Load makes a script known by its digest, as SCRIPT LOAD does, for good. EVAL does not:
// what a model answers must not depend on what it ran before.
func (m *Model) Load(source string) { m.known[drivers.NewScript(source).SHA()] = source }

// Run runs a Command or a Transaction on a store from which Expire at the same instant
// has removed the dead keys. The error is an UnknownCommand, and then nothing is known
// of the store.
func (m *Model) Run(s Store, now algorithms.Instant, r Request) (Result, error) {
	run := &run{model: m, store: s, now: now}
	var replies []Reply
	if refused, ok := refusal(r); ok {
		replies = []Reply{refused}
	} else {
		for _, cmd := range r.Commands {
			replies = append(replies, run.command(cmd))
			if run.unknown != nil {
				return Result{}, run.unknown
			}
		}
	}
	// What SET PXAT has set to die in the past is not there for anybody, and who watches it
	// from now on will not see it go: the next that asks for it takes it away unnoticed.
	store, _ := m.Expire(run.store, now)
	return Result{Replies: replies, Store: store, Touched: run.listTouched()}, nil
}

// refusal is the answer of EXEC to a transaction of which a command could not be queued.
func refusal(r Request) (Reply, bool) {
	if r.Kind != Transaction {
		return Reply{}, false
	}
	for _, cmd := range r.Commands {
		if c, ok := lookup(cmd); ok && !c.fits(cmd) {
			return failure("EXECABORT Transaction discarded because of previous errors."), true
		}
	}
	return Reply{}, false
}

// run is one request while it is being served. All its commands see the same instant.
type run struct {
	model   *Model
	store   Store
	now     algorithms.Instant
	touched []string
	// status says that the last text reply is a simple string, which a script sees as a
	// table with the field ok.
	status bool
	// within says that a script is running.
	within bool
	// unknown is the first thing that the model does not have.
	unknown error
}

// command runs one command, which may be called by a script.
func (r *run) command(cmd []string) Reply {
	r.status = false
	c, ok := lookup(cmd)
	if !ok {
		name := ""
		if len(cmd) > 0 {
			name = cmd[0]
		}
		return r.missing(name)
	}
	if !c.fits(cmd) {
		return wrongArity(c.name)
	}
	if c.run == nil {
		return r.eval(cmd)
	}
	return c.run(r, cmd)
}

// missing notes that the model cannot answer. The reply does not matter.
func (r *run) missing(what string) Reply {
	if r.unknown == nil {
		r.unknown = &UnknownCommand{Name: what}
	}
	return failure("ERR unknown to the model: " + what)
}

func (r *run) milli() int64 { return r.now.Milli() }

// get returns the entry of a key that is alive. A deadline in the past, which SET PXAT
// accepts, is noticed here by the next command of a script or transaction.
func (r *run) get(key string) (entry, bool) {
	i, found := r.store.find(key)
	if !found {
		return entry{key: key, deadline: never}, false
	}
	e := r.store.entries[i]
	if r.model.dead(e, r.milli()) {
		r.remove(key)
		return entry{key: key, deadline: never}, false
	}
	return e, true
}

// put writes an entry and breaks the watches of its key.
func (r *run) put(e entry) {
	r.store = r.store.with(e)
	r.touch(e.key)
}

// remove deletes a key and breaks the watches of it.
func (r *run) remove(key string) {
	r.store = r.store.Without(key)
	r.touch(key)
}

func (r *run) touch(key string) {
	if r.model.Defect != DeafWatch && !slices.Contains(r.touched, key) {
		r.touched = append(r.touched, key)
	}
}

func (r *run) listTouched() []string {
	slices.Sort(r.touched)
	return r.touched
}

// valueOf returns the value of a key if it is a T, the zero T if there is no such key,
// and else the error reply.
func valueOf[T value](r *run, key string) (v T, e entry, found bool, wrong *Reply) {
	e, found = r.get(key)
	if !found {
		return v, e, false, nil
	}
	v, ok := e.value.(T)
	if !ok {
		return v, e, true, &wrongType
	}
	return v, e, true, nil
}
