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
func real(t *testing.T, s subject, probe bool) {
	s.env.Probe = probe
	for _, l := range []algorithms.Limit{
		{L: 3, W: 2 * time.Millisecond, B: 2},
		{L: 7, W: 9 * time.Millisecond, B: 7},
		{L: 41, W: 30 * time.Millisecond, B: 5},
	} {
		f := s.follow(l, ids.next())
		for i := range 150 {
			f.step(t, 1+int64(i%3))
		}
	}
}

// follower plays one key on a real server and lets the model follow: it steps at
// the instant that the technique says it decided at.
type follower struct {
	subject
	limit   algorithms.Limit
	key     string
	limiter algorithms.Limiter
	model   algorithms.Model
	// expires is when the key is gone, as it was after the last step; 0 for no key.
	expires algorithms.Instant
}

func (s subject) follow(l algorithms.Limit, key string) *follower {
	return &follower{subject: s, limit: l, key: key, limiter: s.limiter(l), model: s.Model(l)}
}

func (f *follower) step(t *testing.T, n int64) {
	t.Helper()
	before := serverTime(t, f.conn)
	got, err := f.limiter.Allow(t.Context(), f.key, n)
	if err != nil {
		t.Fatal(err)
	}
	after := serverTime(t, f.conn)
	snap := f.load(t, f.limit, f.key)
	switch {
	case got.At == 0:
		f.bracket(t, got, snap, n, before, after)
	case f.tech.ClientClock && f.expires != 0 && f.expires <= after:
		// The key expired between two trips of a technique that has no hold on it:
		// what it read, or wrote, may be gone. That is its fault, but not a
		// difference from the model.
		f.model = snap.Model
	default:
		f.compare(t, got, snap, n, before, after)
	}
	f.expires = 0
	if snap.Exists {
		f.expires = snap.At.Add(snap.TTL)
	}
}

// compare holds a decision of which the instant is known equal to the model's.
func (f *follower) compare(t *testing.T, got algorithms.Decision, snap algorithms.Snapshot, n int64, before, after algorithms.Instant) {
	t.Helper()
	if got.At < before || got.At > after {
		t.Fatalf("decided at %d, but was called at %d and returned at %d", got.At, before, after)
	}
	var want algorithms.Decision
	f.model, want = f.model.Step(got.At, n)
	checkDecision(t, f.tech, got, want)
	checkStored(t, snap, f.model)
}

// bracket is for a technique that reads no clock: it decided somewhere between
// two instants. Where the model answers the same at both ends, so must it; the
// model goes on from what is stored.
func (f *follower) bracket(t *testing.T, got algorithms.Decision, snap algorithms.Snapshot, n int64, before, after algorithms.Instant) {
	t.Helper()
	first, early := f.model.Step(before, n)
	last, late := f.model.Step(after, n)
	if timeless(admitUnknown(got, early)) == timeless(admitUnknown(got, late)) {
		checkDecision(t, f.tech, timeless(got), timeless(early))
		f.between(t, got.RetryAfter, late.RetryAfter, early.RetryAfter)
		f.between(t, got.ResetAfter, late.ResetAfter, early.ResetAfter)
	}
	if settle(first, snap.At) == settle(last, snap.At) {
		checkStored(t, snap, first)
	}
	f.model = snap.Model
}

// timeless is a decision without the times that go on while it is made.
func timeless(d algorithms.Decision) algorithms.Decision {
	d.RetryAfter, d.ResetAfter = min(d.RetryAfter, 0), min(d.ResetAfter, 0)
	return d
}

// between holds a time that is known to those of the earliest and the latest instant
// at which the decision can have been made. It may be rounded up: rounded down, a
// client would come back too early.
func (f *follower) between(t *testing.T, got, least, most time.Duration) {
	t.Helper()
	if g := f.Contract(f.limit).Granularity; got != algorithms.NotKnown && (got < least || got > most && got-most > g) {
		t.Fatalf("time is %s, the model's lies between %s and %s", got, least, most)
	}
}

// awaitServerTime returns when the server's clock has reached an instant.
func awaitServerTime(t testing.TB, conn drivers.Conn, at algorithms.Instant) {
	t.Helper()
	for serverTime(t, conn) < at {
	}
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
