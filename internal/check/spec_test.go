package check

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// spec is a sequential limiter written from the contract's definition alone, so
// that checkers and algorithms cannot share a mistake. now is the server's clock
// in ns. It returns the end of the window too, where there are windows.
type spec interface {
	step(now, n int64) (allow bool, resetAt int64)
	clone() spec
}

func newSpec(c algorithms.Contract) spec {
	switch c.Kind {
	case algorithms.Log:
		return &logSpec{c: c}
	case algorithms.Window:
		return &windowSpec{c: c}
	case algorithms.AlignedWindow:
		return &alignedSpec{c: c}
	}
	return &bucketSpec{c: c, level: c.Limit.B * int64(c.Limit.W)}
}

// charge applies the rule that all share: over the capacity nothing happens, over
// the room only a limiter that charges denials charges.
func charge(c algorithms.Contract, room, n int64) (allow bool, cost int64) {
	switch {
	case n > capacity(c):
		return false, 0
	case n <= room:
		return true, n
	case c.ChargesDenied:
		return false, n
	}
	return false, 0
}

type windowSpec struct {
	c        algorithms.Contract
	deadline int64
	count    int64
	open     bool
}

func (s *windowSpec) step(now, n int64) (bool, int64) {
	g := int64(s.c.Granularity)
	if s.open && now/g*g > s.deadline {
		*s = windowSpec{c: s.c}
	}
	allow, cost := charge(s.c, s.c.Limit.L-s.count, n)
	if cost > 0 && !s.open {
		s.open, s.deadline = true, now/g*g+int64(s.c.Limit.W)
	}
	s.count += cost
	return allow, s.deadline
}

func (s windowSpec) clone() spec { return &s }

type alignedSpec struct {
	c             algorithms.Contract
	window, count int64
}

func (s *alignedSpec) step(now, n int64) (bool, int64) {
	if k := now / int64(s.c.Limit.W); k != s.window {
		s.window, s.count = k, 0
	}
	allow, cost := charge(s.c, s.c.Limit.L-s.count, n)
	s.count += cost
	return allow, (s.window + 1) * int64(s.c.Limit.W)
}

func (s alignedSpec) clone() spec { return &s }

type logSpec struct {
	c       algorithms.Contract
	stamps  []int64
	charges []int64
}

func (s *logSpec) step(now, n int64) (bool, int64) {
	g := int64(s.c.Granularity)
	now = now / g * g
	room := s.c.Limit.L
	for i := len(s.stamps) - 1; i >= 0 && s.stamps[i] > now-int64(s.c.Limit.W); i-- {
		room -= s.charges[i]
	}
	allow, cost := charge(s.c, room, n)
	if cost > 0 {
		s.stamps, s.charges = append(s.stamps, now), append(s.charges, cost)
	}
	return allow, 0
}

// clone leaves out what the newest entry has outlived.
func (s logSpec) clone() spec {
	first := 0
	if n := len(s.stamps); n > 0 {
		first, _ = slices.BinarySearch(s.stamps, s.stamps[n-1]-int64(s.c.Limit.W)+1)
	}
	return &logSpec{c: s.c, stamps: slices.Clone(s.stamps[first:]), charges: slices.Clone(s.charges[first:])}
}

// bucketSpec counts its level in cost times W.
type bucketSpec struct {
	c           algorithms.Contract
	level, last int64
}

func (s *bucketSpec) step(now, n int64) (bool, int64) {
	g, w := int64(s.c.Granularity), int64(s.c.Limit.W)
	now = now / g * g
	passed := min(now-s.last, s.c.Limit.B*w/s.c.Limit.L+1)
	s.level, s.last = min(s.c.Limit.B*w, s.level+s.c.Limit.L*passed), now
	if n*w <= s.level {
		s.level -= n * w
		return true, 0
	}
	return false, 0
}

func (s bucketSpec) clone() spec { return &s }

// event is an operation with the instant at which it takes effect; never if it
// does not.
type event struct {
	history.Op
	effect int64
}

const never = int64(-1)

// clock is a server's clock: it runs at 1 + ppm/million of the history's, and is
// ahead by offset.
type clock struct{ ppm, offset int64 }

func (c clock) at(ns int64) int64 { return c.offset + ns + ns*c.ppm/million }

// run decides the events in order of their effects by the spec and returns the
// history that a perfect recorder would have written.
func run(c algorithms.Contract, keys int, events []event, on clock) *history.History {
	specs := make([]spec, keys)
	for i := range specs {
		specs[i] = newSpec(c)
	}
	return record(c, keys, events, func(e *event) {
		now := on.at(e.effect)
		allow, resetAt := specs[e.Key].step(now, int64(e.Cost))
		if e.Outcome != algorithms.Unknown {
			e.Outcome = algorithms.Denied
			if allow {
				e.Outcome = algorithms.Allowed
				e.ResetAt = algorithms.Instant(resetAt / 1000)
			}
		}
	})
}

// record calls decide for each event that takes effect, in that order.
func record(c algorithms.Contract, keys int, events []event, decide func(*event)) *history.History {
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.effect, b.effect) })
	for i := range events {
		if events[i].effect != never {
			decide(&events[i])
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.Inv, b.Inv) })
	h := &history.History{Trial: trialOf(c, keys)}
	last := int64(0)
	for _, e := range events {
		h.Ops = append(h.Ops, e.Op)
		last = max(last, e.Ret)
	}
	h.Trial.Clock = []history.ClockPair{{}, {RealNS: last, MonoNS: last}}
	return h
}

func trialOf(c algorithms.Contract, keys int) history.Trial {
	t := history.Trial{Contract: c, Whole: true, NoServer: true, Load: history.Load{Loop: "closed"}}
	for k := range keys {
		t.Keys = append(t.Keys, string(rune('a'+k)))
	}
	return t
}

// tiny returns a random contract with small numbers and a window of 10 ms.
func tiny(rng *rand.Rand, kind algorithms.Kind) algorithms.Contract {
	c := algorithms.Contract{Kind: kind, Granularity: time.Millisecond}
	c.Limit = algorithms.Limit{L: 1 + rng.Int64N(4), B: 1 + rng.Int64N(4), W: 10 * time.Millisecond}
	if kind != algorithms.Window && rng.IntN(2) == 0 {
		c.Granularity = time.Microsecond
	}
	return c
}

// instant is a random time within the first span ns, mostly near a multiple of
// 1 ms, where the edges of windows meet.
func instant(rng *rand.Rand, span int64) int64 {
	at := rng.Int64N(span/int64(time.Millisecond)+1) * int64(time.Millisecond)
	switch rng.IntN(4) {
	case 0:
		at += rng.Int64N(3) - 1
	case 1:
		at += rng.Int64N(int64(20*time.Microsecond)) - int64(10*time.Microsecond)
	case 2:
		at += rng.Int64N(int64(time.Millisecond))
	}
	return max(0, at)
}

// edge is a distance at which something that was charged ceases to count, by some
// clock, or a nanosecond off.
func edge(rng *rand.Rand, c algorithms.Contract) int64 {
	s := slackOf(c)
	refilled := int64(c.Limit.W) * (1 + rng.Int64N(3)) / c.Limit.L
	g := s.g * rng.Int64N(2)
	edges := []int64{s.short, s.long, s.exact, s.exact - g, refilled - refilled*rho/million - g, refilled + g, refilled + refilled*rho/million + g}
	return max(0, edges[rng.IntN(len(edges))]+rng.Int64N(3)-1)
}

// latency is a random time, from nothing to more than a window.
func latency(rng *rand.Rand) int64 {
	return rng.Int64N(1 + int64(time.Millisecond)*[]int64{0, 0, 1, 3, 12}[rng.IntN(5)])
}

// tinyEvents returns operations on some keys, about one for each half window, some
// of them unknown or failed; up to ten lie within 3 windows.
func tinyEvents(rng *rand.Rand, c algorithms.Contract, n, keys int) []event {
	events := make([]event, n)
	span := max(35, int64(n)*5) * int64(time.Millisecond)
	for i := range events {
		e := &events[i]
		e.Inv = instant(rng, span)
		if i > 0 && rng.IntN(3) == 0 {
			e.Inv = events[rng.IntN(i)].Ret + edge(rng, c)
		}
		e.Ret = e.Inv + latency(rng)
		e.Intended, e.Key, e.Cost = e.Inv, int32(rng.IntN(keys)), 1+int32(rng.IntN(2)*rng.IntN(4))
		e.effect = e.Inv + rng.Int64N(e.Ret-e.Inv+1)
		e.Outcome = algorithms.Denied
		switch rng.IntN(12) {
		case 0:
			e.Outcome, e.effect = algorithms.Unknown, e.Inv+latency(rng)
		case 1:
			e.Outcome, e.effect = algorithms.Unknown, never
		case 2:
			e.Outcome, e.effect = algorithms.Failed, never
		}
	}
	return events
}
