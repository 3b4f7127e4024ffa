package algotest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Another client is admitted after the first attempt has read and before it
// writes. What was read is void, the clock too: the decision must come after the
// other one's and count it. A script leaves no such gap.
func changeBetween(t *testing.T, s subject) {
	l := algorithms.NewLimit(4, time.Hour)
	other := s.follow(l, ids.next())
	execs := 0
	conn := stepped{s.conn, func(step string, run func() error) error {
		if step == "exec" {
			if execs++; execs == 1 {
				other.step(t, 2)
			}
		}
		return run()
	}}
	limiter := s.tech.New(conn, l, realEnv)
	got, err := limiter.Allow(t.Context(), other.key, 1)
	if err != nil {
		t.Fatal(err)
	}
	after, want := other.model.Step(got.At, 1)
	checkDecision(t, s.tech, got, want)
	checkStored(t, s.load(t, l, other.key), after)
	if execs == 1 {
		t.Error("an EXEC whose key had changed was taken for done")
	}
}

// The key expires by itself after the first attempt has read and before it writes,
// or before it confirms a denial. An INCRBY would make a counter there that never
// expires; a denial would come after the window's end, with a time from before.
func expiryBetween(t *testing.T, s subject) {
	l := algorithms.NewLimit(4, 30*time.Millisecond)
	for _, used := range []int64{1, l.L} {
		f := s.follow(l, ids.next())
		f.step(t, used)
		execs, live := 0, false
		conn := stepped{s.conn, func(step string, run func() error) error {
			if step == "exec" {
				if execs++; execs == 1 {
					live = serverTime(t, s.conn) < f.expires
					awaitServerTime(t, s.conn, f.expires)
				}
			}
			return run()
		}}
		limiter := s.tech.New(conn, l, realEnv)
		got, err := limiter.Allow(t.Context(), f.key, 1)
		if err != nil {
			t.Fatal(err)
		}
		after, want := f.model.Step(got.At, 1)
		checkDecision(t, s.tech, got, want)
		checkStored(t, s.load(t, l, f.key), after)
		if live && execs < 2 {
			t.Error("an EXEC whose key had expired was taken for done")
		}
	}
}

// Another client gets in before every EXEC, until the context ends: nothing was
// written, so the request failed, and only the others were charged.
func conflictUntilDeadline(t *testing.T, s subject) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := algorithms.NewLimit(9, time.Hour)
	other := s.follow(l, ids.next())
	execs := 0
	conn := stepped{s.conn, func(step string, run func() error) error {
		if step != "exec" {
			return run()
		}
		other.step(t, 1)
		err := run()
		if execs++; execs == 3 {
			cancel()
		}
		return err
	}}
	got, err := s.tech.New(conn, l, realEnv).Allow(ctx, other.key, 1)
	if execs == 0 {
		return // decides in one step
	}
	if algorithms.OutcomeOf(got, err) != algorithms.Failed || !errors.Is(err, algorithms.ErrConflict) {
		t.Errorf("answer is %+v, %v, want ErrConflict, which is failed", got, err)
	}
	checkStored(t, s.load(t, l, other.key), other.model)
}

// The context ends while the EXEC of a later attempt is under way: nobody knows whether it
// ran, and yet it is a conflict that kept the request for so long.
func conflictCutShort(t *testing.T, s subject) {
	l := algorithms.NewLimit(9, time.Hour)
	other := s.follow(l, ids.next())
	execs := 0
	conn := stepped{s.conn, func(step string, run func() error) error {
		if step != "exec" {
			return run()
		}
		if execs++; execs == 2 {
			return errors.Join(run(), context.DeadlineExceeded)
		}
		other.step(t, 1)
		return run()
	}}
	got, err := s.tech.New(conn, l, realEnv).Allow(t.Context(), other.key, 1)
	if execs == 0 {
		return // decides in one step
	}
	if algorithms.OutcomeOf(got, err) != algorithms.Unknown || !errors.Is(err, algorithms.ErrConflict) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answer is %+v, %v, want ErrConflict after a timeout, which is unknown", got, err)
	}
}
