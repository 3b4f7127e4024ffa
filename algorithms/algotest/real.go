package algotest

import (
	"context"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// real compares a technique with the model on a real server, one decision after
// the other without a pause. The windows are so short that many decisions fall on
// every edge, the deadline millisecond of a key included.
func real(t *testing.T, s subject) {
	for _, l := range []algorithms.Limit{
		{L: 3, W: 2 * time.Millisecond, B: 2},
		{L: 7, W: 9 * time.Millisecond, B: 7},
	} {
		p := follower{subject: s, limit: l, key: ids.next(), model: s.Model(l), limiter: s.limiter(l)}
		for i := range 150 {
			p.step(t, 1+int64(i%3))
		}
	}
}

// follower plays one key on a real server and lets the model follow: it steps at
// the instant that the technique says it decided at.
type follower struct {
	subject
	limit   algorithms.Limit
	key     string
	model   algorithms.Model
	limiter algorithms.Limiter
}

func (p *follower) step(t *testing.T, n int64) {
	t.Helper()
	before := serverTime(t, p.conn)
	got, err := p.limiter.Allow(t.Context(), p.key, n)
	if err != nil {
		t.Fatal(err)
	}
	after := serverTime(t, p.conn)
	if got.At == 0 {
		p.bracket(t, got, n, before, after)
		return
	}
	if got.At < before || got.At > after {
		t.Fatalf("decided at %d, but was called at %d and returned at %d", got.At, before, after)
	}
	var want algorithms.Decision
	p.model, want = p.model.Step(got.At, n)
	checkDecision(t, p.tech, got, want)
	checkStored(t, p.load(t, p.limit, p.key), p.model)
}

// bracket is for a technique that reads no clock: it decided somewhere between
// two instants. Where the model answers the same at both ends, so must it; the
// model goes on from what is stored.
func (p *follower) bracket(t *testing.T, got algorithms.Decision, n int64, before, after algorithms.Instant) {
	t.Helper()
	first, early := p.model.Step(before, n)
	_, late := p.model.Step(after, n)
	snap := p.load(t, p.limit, p.key)
	if admitUnknown(got, early) == admitUnknown(got, late) {
		checkDecision(t, p.tech, got, early)
	}
	if before.Milli() == snap.At.Milli() {
		checkStored(t, snap, first)
	}
	p.model = snap.Model
}

func serverTime(t testing.TB, conn drivers.Conn) algorithms.Instant {
	t.Helper()
	r, err := conn.Do(context.Background(), "TIME")
	if err != nil {
		t.Fatal(err)
	}
	at, err := algorithms.TimeOf(r)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
