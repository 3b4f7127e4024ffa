package engine

import "github.com/rlbench/rlbench/internal/history"

// Watcher looks on while trials run. What it does can change no result but by the time
// that it takes.
type Watcher interface {
	// Begin is told of a trial ahead of its load, with what is known of it by then and
	// the number of its users, and returns who is told of the rest.
	Begin(t *history.Trial, users int) Watch
}

// Watch is told of the measured part of one trial.
type Watch interface {
	// Decided is told of an operation just after it returned, by many workers at once.
	// The worker's next operation waits meanwhile, so it must be quick and never block.
	// Op.Key indexes the users of the schedule. It is passed by value: a pointer would
	// cost an allocation per decision, also where nobody watches.
	Decided(op history.Op)
	// End follows the last decision.
	End()
}

// Watch has the trials from now on looked on at by w.
func (b *Bench) Watch(w Watcher) { b.watcher = w }

// watched begins the watch, if there is a watcher, and returns what ends it. It must
// stand before the client's counters are read: what a watch needs to begin is not the
// subject's.
func (t *trial) watched() (end func()) {
	if t.watcher == nil {
		return func() {}
	}
	t.watch = t.watcher.Begin(&t.out.Trial, len(t.keys))
	return t.watch.End
}

// tell tells the watch of operations that other processes have made and only now
// handed in.
func (t *trial) tell(ops []history.Op) {
	if t.watch == nil {
		return
	}
	for _, op := range ops {
		t.watch.Decided(op)
	}
}
