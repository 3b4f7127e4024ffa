package control

import (
	"context"
	"sync"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// InProcess returns the limiter that many services start with: the model of
// another algorithm in a map behind a mutex, by the process's own clock. The
// contract is that algorithm's. One process keeps it; n processes admit n times
// as much, which is what a shared store is for.
func InProcess(of algorithms.Algorithm) algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:     "inprocess",
		Title:    "In process",
		Contract: of.Contract,
		Model:    of.Model,
		Control:  true,
		Techniques: []algorithms.Technique{{
			Name:  "memory",
			About: "A map behind a mutex in the memory of the process; no server.",
			New: func(_ drivers.Conn, l algorithms.Limit, env algorithms.Env) algorithms.Limiter {
				return &memory{unused: of.Model(l), now: env.Now, states: map[string]algorithms.Model{}}
			},
			Atomic:      true,
			Serial:      true,
			ClientClock: true,
			NoServer:    true,
		}},
	}
}

// memory is the one limiter that keeps state of its own: that is its point.
type memory struct {
	unused algorithms.Model
	now    func() time.Time

	mu     sync.Mutex
	states map[string]algorithms.Model
	swept  int // keys left by the last sweep
}

func (l *memory) Allow(_ context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := algorithms.InstantOf(l.now())
	m, used := l.states[user]
	if !used {
		l.sweep(at)
		m = l.unused
	}
	m, d := m.Step(at, n)
	l.states[user] = m
	return d, nil
}

// sweep drops the keys whose state no longer matters, once their number has
// doubled: without it the map would hold every key ever seen.
func (l *memory) sweep(at algorithms.Instant) {
	if len(l.states) < 2*l.swept+1024 {
		return
	}
	for user, m := range l.states {
		if m.Forget(at) == 0 {
			delete(l.states, user)
		}
	}
	l.swept = len(l.states)
}
