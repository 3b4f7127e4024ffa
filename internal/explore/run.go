package explore

import (
	"context"
	"runtime"
	"strings"
	"time"
)

// patience is how long a program may compute between two steps. One that waits for
// something else than Redis never comes back.
var patience = 10 * time.Second

// run returns the first step that the log has no response to. The program runs on a
// goroutine of its own, so that one which never comes back does not take the search with
// it.
func (p *player) run(log []response, serve func(context.Context) answer) step {
	p.log, p.pos, p.watching, p.asked, p.drawn, p.spoiled = log, 0, "", step{}, 0, false
	p.foreign.Store(false)
	done := make(chan ending, 1)
	go func() { done <- p.serve(serve) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case it := <-done:
		if p.foreign.Load() {
			refuse(foreignCall)
		}
		if it.panicked != nil {
			panic(it.panicked)
		}
		return it.step
	case <-timer.C:
		if p.foreign.Load() {
			refuse(foreignCall)
		}
		refuse("it takes no step for %s: it computes for ever, or waits for something that is not Redis", patience)
	}
	panic("unreachable")
}

const foreignCall = "it sends commands from a goroutine of its own: a request must send them one after another"

// ending is how a run ended: with a step, or with a panic for whoever waits.
type ending struct {
	step     step
	panicked any
}

// serve runs the program until it stops at a step, or ends.
func (p *player) serve(serve func(context.Context) answer) (it ending) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case stopped:
			it.step = p.asked
		case refusal:
			it.panicked = v
		default:
			it.panicked = refusalOf("it panics: %v", v)
		}
		if p.spoiled && it.panicked == nil {
			it.panicked = refusalOf(recovers)
		}
	}()
	a := serve(context.Background())
	if p.asked.kind != ended {
		return ending{panicked: refusalOf(recovers)}
	}
	return ending{step: step{answer: a}}
}

const recovers = "it recovers from panics, by which it is stopped between two steps"

// stop ends the program where its log ends. A panic would end the process on a goroutine
// that the program has started, so that one is ended quietly and found out by run.
func (p *player) stop() {
	if !ownGoroutine() {
		p.foreign.Store(true)
		runtime.Goexit()
	}
	panic(stopped{})
}

// ownGoroutine says that the caller was called by serve.
func ownGoroutine() bool {
	var room [64]uintptr
	for skip := 2; ; skip += len(room) {
		n := runtime.Callers(skip, room[:])
		frames := runtime.CallersFrames(room[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			if f, more = frames.Next(); strings.HasSuffix(f.Function, "explore.(*player).serve") {
				return true
			}
		}
		if n < len(room) {
			return false
		}
	}
}
