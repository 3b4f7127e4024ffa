package live

import (
	"sort"
	"sync"
	"sync/atomic"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
)

// shards is how many parts the counters of a subject come in: workers that shared one
// would wait for each other's cores at every decision.
const shards = 16

// bounds are the upper edges of the classes of response times, in ns.
var bounds = [...]int64{
	50e3, 100e3, 250e3, 500e3, 1e6, 2.5e6, 5e6, 10e6, 25e6, 50e6, 100e6, 250e6, 500e6, 1e9, 2.5e9, 5e9, 10e9,
}

// tally counts decisions. All of it is counted without a lock: a worker must never
// wait for a scrape.
type tally struct {
	outcomes [algorithms.Allowed + 1]atomic.Int64
	classes  [len(bounds) + 1]atomic.Int64 // of response times; the last is beyond all bounds
	sumNS    atomic.Int64
	_        [64]byte // keeps neighbours off the cache line
}

func (t *tally) add(outcome algorithms.Outcome, responseNS int64) {
	t.outcomes[outcome].Add(1)
	t.classes[sort.Search(len(bounds), func(i int) bool { return responseNS <= bounds[i] })].Add(1)
	t.sumNS.Add(responseNS)
}

// trial is one that is running. It implements engine.Watch.
type trial struct {
	view     *View
	subject  *subject
	contract algorithms.Contract
	users    []user
	used     atomic.Int64 // users with a decision
}

// user is what was decided on one user's key.
type user struct {
	seen   atomic.Bool
	denied atomic.Uint32
	busy   sync.Mutex // guards charge
	charge check.Running
}

// Decided implements engine.Watch.
func (t *trial) Decided(op history.Op) {
	t.subject.shards[op.Worker%shards].add(op.Outcome, op.Ret-op.Intended)
	u := &t.users[op.Key]
	if !u.seen.Load() && u.seen.CompareAndSwap(false, true) {
		t.used.Add(1)
	}
	switch op.Outcome {
	case algorithms.Denied:
		u.denied.Add(1)
	case algorithms.Allowed:
		t.charge(u, &op)
	}
}

// charge looks for an overshoot. It leaves out an operation that comes while another
// on the key is looked at, and has none wait: what it says then is less, and still
// certain.
func (t *trial) charge(u *user, op *history.Op) {
	if !u.busy.TryLock() {
		return
	}
	excess := u.charge.Add(&t.contract, op)
	u.busy.Unlock()
	if excess > 0 {
		raise(&t.subject.overshoot, excess)
	}
}

// End implements engine.Watch.
func (t *trial) End() { t.view.end(t) }

// limited is a user and how often it was denied.
type limited struct {
	user   int
	denied uint32
}

// mostLimited are the n users who were denied most often, of those who were at all.
func (t *trial) mostLimited(n int) (top []limited) {
	for i := range t.users {
		l := limited{i, t.users[i].denied.Load()}
		at := sort.Search(len(top), func(j int) bool { return top[j].denied < l.denied })
		if l.denied == 0 || at == n {
			continue
		}
		top = append(top, l)
		copy(top[at+1:], top[at:])
		top[at] = l
		top = top[:min(n, len(top))]
	}
	return top
}
