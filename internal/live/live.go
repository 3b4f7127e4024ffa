// Package live shows a run while it is going on, as metrics of Prometheus. It looks
// on: schedules, histories and verdicts are the same with and without it.
//
// A View is told by the engine what is decided, and is what a scrape reads; a Server
// serves it. Counters are of everything since the program was started, per subject and
// scenario: all repeats of a cell, and attempts that turn out to be void, are added up.
package live

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// View is what can be seen of a run. Its methods may be called at any time.
type View struct {
	version           string
	planned, finished atomic.Int64

	mu       sync.Mutex
	subjects map[labels]*subject
	order    []*subject // in which they began
	running  []*trial
}

// NewView is a view of a run of so many cells, by this version of rlbench.
func NewView(version string, planned, finished int) *View {
	v := &View{version: version, subjects: map[labels]*subject{}}
	v.planned.Store(int64(planned))
	v.finished.Store(int64(finished))
	return v
}

// labels name a subject in a scenario: scenario, topology, algorithm, technique, driver,
// client and failure policy, as in the name of a cell.
type labels [7]string

// with is the labels and one more.
func (l labels) with(more string) []string { return append(l[:], more) }

// subject is everything that was seen of one so far.
type subject struct {
	labels labels
	shards [shards]tally
	// overshoot is the largest excess of any of its trials.
	overshoot atomic.Int64
}

// subject returns the one of these labels.
func (v *View) subject(l labels) *subject {
	if v.subjects[l] == nil {
		v.subjects[l] = &subject{labels: l}
		v.order = append(v.order, v.subjects[l])
	}
	return v.subjects[l]
}

// Begin implements engine.Watcher.
func (v *View) Begin(t *history.Trial, users int) engine.Watch {
	v.mu.Lock()
	defer v.mu.Unlock()
	c := t.Cell
	began := &trial{
		view: v, contract: t.Contract, users: make([]user, users),
		subject: v.subject(labels{c.Step.Of(c.Scenario), c.Topology, c.Algorithm, c.Technique, c.Driver, c.Client, c.Policy}),
	}
	v.running = append(v.running, began)
	return began
}

func (v *View) end(t *trial) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.running = slices.DeleteFunc(v.running, func(r *trial) bool { return r == t })
}

// Finished is told of a cell that was judged and is recorded.
func (v *View) Finished(c *result.Cell) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.finished.Add(1)
	s := v.subject(labels{c.Played(), c.Topology, c.Algorithm, c.Technique, c.Driver, c.Client, c.Policy})
	raise(&s.overshoot, c.Overshoot.Certain)
}

// raise makes a maximum at least n.
func raise(most *atomic.Int64, n int64) {
	for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
}
