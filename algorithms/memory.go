package algorithms

import (
	"context"
	"sync"
	"time"
)

// InMemory returns the limiter that many services start with: the model of an
// algorithm in a map behind a mutex, by the process's own clock. unused is the state of
// a key that was never used. It is the one limiter with state of its own: that is its
// point.
func InMemory(unused Model, now func() time.Time) Limiter {
	return &memory{unused: unused, now: now, states: map[string]Model{}}
}

type memory struct {
	unused Model
	now    func() time.Time

	mu     sync.Mutex
	states map[string]Model
	swept  int // keys left by the last sweep
}

func (l *memory) Allow(_ context.Context, user string, n int64) (Decision, error) {
	if n < 1 {
		return Decision{}, ErrCost
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := InstantOf(l.now())
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
func (l *memory) sweep(at Instant) {
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
