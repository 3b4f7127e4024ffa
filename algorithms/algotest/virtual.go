package algotest

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// epoch is a present-day instant at which a millisecond begins: every digit of a
// clock in microseconds is in use.
const epoch algorithms.Instant = 1_700_000_000_000_000

// world is an in-process imitation of Redis whose clock, and the client's, only
// the test moves.
type world struct {
	server *miniredis.Miniredis
	conn   drivers.Conn
	now    algorithms.Instant
}

func newWorld(t testing.TB, d drivers.Driver) *world {
	t.Helper()
	w := &world{server: miniredis.RunT(t)}
	w.set(epoch)
	w.server.ClockTTL(true)
	w.conn = open(t, d, w.server.Addr())
	return w
}

func (w *world) set(at algorithms.Instant) {
	w.now = at
	w.server.SetTime(time.UnixMicro(int64(at)))
}

func (w *world) env() algorithms.Env {
	return algorithms.Env{Now: func() time.Time { return time.UnixMicro(int64(w.now)) }, ID: ids.next, Probe: true}
}

// virtual compares a technique with the model on random sequences of requests at
// exact instants: every decision, and the stored state after it.
// A technique that does not know the instant may round times to the granularity of
// its contract.
func virtual(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique, d drivers.Driver, probe bool) {
	w := newWorld(t, d)
	env := w.env()
	env.Probe = probe
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t, a)
		p := player{world: w, a: a, tech: tech, limit: l, key: ids.next(), model: a.Model(l)}
		p.limiter = tech.New(w.conn, l, env)
		for range rapid.IntRange(1, 12).Draw(t, "requests") {
			p.step(t)
		}
	})
}

// drawLimit draws small limits, most of which do not divide the window. A log
// stores an entry for every cost, so it gets no large one.
func drawLimit(t *rapid.T, a algorithms.Algorithm) algorithms.Limit {
	l := algorithms.Limit{
		L: rapid.SampledFrom([]int64{1, 2, 3, 7, 30_000}).Draw(t, "L"),
		W: rapid.SampledFrom([]time.Duration{time.Millisecond, 7 * time.Millisecond, time.Second, time.Hour}).Draw(t, "W"),
		B: rapid.SampledFrom([]int64{1, 2, 5}).Draw(t, "B"),
	}
	if a.Contract(l).Kind == algorithms.Log {
		l.L = min(l.L, 10)
	}
	return l
}

// player plays one key of one limiter beside the model.
type player struct {
	*world
	a       algorithms.Algorithm
	tech    algorithms.Technique
	limit   algorithms.Limit
	key     string
	model   algorithms.Model
	limiter algorithms.Limiter
	last    algorithms.Decision
}

func (p *player) step(t *rapid.T) {
	p.set(p.avoidDeadline(p.now.Add(p.gap(t))))
	n := p.cost(t)
	got, err := p.limiter.Allow(t.Context(), p.key, n)
	if err != nil {
		t.Fatal(err)
	}
	p.model, p.last = p.model.Step(p.now, n)
	if got.At == 0 {
		got = p.rounded(got)
	}
	checkDecision(t, p.tech, got, p.last)
	snap, err := p.a.Load(t.Context(), p.conn, p.limit, p.key)
	if err != nil {
		t.Fatal(err)
	}
	checkStored(t, snap, p.model)
}

// rounded is got with the model's times where they are less than a granularity away.
// The imitation rounds a time to live in another direction than Redis does: the real
// server is tested for that.
func (p *player) rounded(got algorithms.Decision) algorithms.Decision {
	g := p.a.Contract(p.limit).Granularity
	near := func(got, want time.Duration) time.Duration {
		if (got - want).Abs() < g {
			return want
		}
		return got
	}
	got.RetryAfter, got.ResetAfter = near(got.RetryAfter, p.last.RetryAfter), near(got.ResetAfter, p.last.ResetAfter)
	return got
}

// gap draws the time until the next request, often one after which something is
// about to change or just has.
func (p *player) gap(t *rapid.T) time.Duration {
	edge := rapid.SampledFrom([]time.Duration{
		0, p.last.RetryAfter % algorithms.Never, p.last.ResetAfter, p.limit.W,
		rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, 3*p.limit.W.Microseconds()).Draw(t, "us")) * time.Microsecond
		}).Draw(t, "idle"),
	}).Draw(t, "gap")
	nudge := rapid.SampledFrom([]time.Duration{-time.Microsecond, 0, time.Microsecond}).Draw(t, "nudge")
	return max(0, edge+nudge)
}

// avoidDeadline steps over the last moments of a window that a key's expiry ends.
// Redis lets a key live through its deadline millisecond, the imitation does not;
// the real server is tested there.
func (p *player) avoidDeadline(at algorithms.Instant) algorithms.Instant {
	if g := p.a.Contract(p.limit).Granularity; g >= time.Millisecond && p.model.Forget(at) <= g {
		return at.Add(p.model.Forget(at))
	}
	return at
}

// cost draws a small cost, the most that is left, one more, or one that is never
// admitted.
func (p *player) cost(t *rapid.T) int64 {
	_, d := p.model.Step(p.now, 1)
	left := d.Remaining + 1
	return rapid.SampledFrom([]int64{1, 2, left, left + 1, d.Limit + 1}).Draw(t, "cost")
}
