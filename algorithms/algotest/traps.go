package algotest

import (
	"errors"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// traps runs the mistakes that limiters on Redis have been seen to make, each as
// a case of its own.
func traps(t *testing.T, s subject) {
	t.Run("cost-below-one", func(t *testing.T) { costBelowOne(t, s) })
	t.Run("more-than-ever-admitted", func(t *testing.T) { moreThanEver(t, s) })
	t.Run("odd-user-keys", func(t *testing.T) { oddUserKeys(t, s) })
	t.Run("one-user-per-key", func(t *testing.T) { oneUserPerKey(t, s) })
	t.Run("digits-of-a-timestamp", func(t *testing.T) { digits(t, s) })
	t.Run("rate-that-is-no-whole-interval", func(t *testing.T) { fractionalInterval(t, s) })
	t.Run("life-that-is-no-whole-second", func(t *testing.T) { fractionalLife(t, s) })
	t.Run("large-cost", func(t *testing.T) { largeCost(t, s) })
	t.Run("largest-limit", func(t *testing.T) { largestLimit(t, s) })
	t.Run("round-trips", func(t *testing.T) { roundTrips(t, s) })
	t.Run("scripts-flushed", func(t *testing.T) { scriptsFlushed(t, s) })
	t.Run("denial-changes-nothing", func(t *testing.T) { denialChangesNothing(t, s) })
	if s.tech.Atomic {
		t.Run("change-between-read-and-write", func(t *testing.T) { changeBetween(t, s) })
		t.Run("expiry-between-read-and-write", func(t *testing.T) { expiryBetween(t, s) })
		t.Run("conflict-until-the-deadline", func(t *testing.T) { conflictUntilDeadline(t, s) })
		t.Run("conflict-cut-short", func(t *testing.T) { conflictCutShort(t, s) })
	}
}

// A cost of zero or less would be free, or give back what others paid for.
func costBelowOne(t *testing.T, s subject) {
	silent := stepped{s.conn, func(step string, _ func() error) error {
		t.Errorf("sent %s", step)
		return nil
	}}
	l := algorithms.NewLimit(5, time.Second)
	for _, n := range []int64{0, -1} {
		_, err := s.tech.New(silent, l, realEnv).Allow(t.Context(), ids.next(), n)
		if !errors.Is(err, algorithms.ErrCost) {
			t.Errorf("cost %d: error is %v, want ErrCost", n, err)
		}
	}
}

// A request that is never admitted is denied, told so, and charged nothing, on a
// key that is new and on one that is in use.
func moreThanEver(t *testing.T, s subject) {
	l := algorithms.NewLimit(5, time.Hour)
	f := s.follow(l, ids.next())
	for _, n := range []int64{6, 2, 1 << 40, 3, 6} {
		f.step(t, n)
	}
	d, err := f.limiter.Allow(t.Context(), f.key, 6)
	if err != nil || d.Allowed || d.RetryAfter != algorithms.Never {
		t.Errorf("cost above the limit: %+v, %v, want a denial for ever", d, err)
	}
}

// A user's key is any text: an empty one, or one with a brace in it, must not
// take the state of one user apart or put that of two together.
func oddUserKeys(t *testing.T, s subject) {
	l := algorithms.NewLimit(2, time.Hour)
	for _, key := range []string{"", "%", "a}b", "{a}", "a%7Db", "a b\r\n", "\x00\xff"} {
		f := s.follow(l, s.tech.Name+ids.next()+key)
		for range 3 {
			f.step(t, 1)
		}
	}
}

func oneUserPerKey(t *testing.T, s subject) {
	l := algorithms.NewLimit(1, time.Hour)
	limiter, first, second := s.limiter(l), ids.next(), ids.next()
	for _, key := range []string{first, second} {
		if d, err := limiter.Allow(t.Context(), key, 1); err != nil || !d.Allowed {
			t.Errorf("first request of %s: %+v, %v", key, d, err)
		}
	}
}

// Redis' Lua turns numbers into text with 14 digits; a clock in microseconds has
// 16. Requests in quick succession on new keys must all be stored to the
// microsecond.
func digits(t *testing.T, s subject) {
	l := algorithms.NewLimit(100, time.Minute)
	for range 20 {
		f := s.follow(l, ids.next())
		f.step(t, 1)
		f.step(t, 1)
	}
}

// 30,000 per second is an interval of 33 1/3 microseconds; and a time to full
// that is no whole number of milliseconds makes a PX that Redis refuses.
func fractionalInterval(t *testing.T, s subject) {
	l := algorithms.Limit{L: 30_000, W: time.Second, B: 3}
	f := s.follow(l, ids.next())
	for range 30 {
		f.step(t, 1)
	}
}

// An expiry that is rounded to seconds forgets the state early; checkStored holds
// the time to live to the state's end.
func fractionalLife(t *testing.T, s subject) {
	l := algorithms.NewLimit(3, 1999*time.Millisecond)
	f := s.follow(l, ids.next())
	for range 4 {
		f.step(t, 1)
	}
}

// unpack fails in a script at about 8,000 values.
func largeCost(t *testing.T, s subject) {
	l := algorithms.NewLimit(12_000, time.Hour)
	f := s.follow(l, ids.next())
	for _, n := range []int64{1, 11_999, 1} {
		f.step(t, n)
	}
}

// At the largest limit that is valid the arithmetic is still exact. A log of that
// many entries is never filled; a bucket or a window is.
func largestLimit(t *testing.T, s subject) {
	w := 24 * time.Hour
	l := algorithms.NewLimit((1<<52)/w.Microseconds(), w)
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	costs := []int64{1, l.L - 1, 1, 2}
	if s.Contract(l).Kind == algorithms.Log {
		costs = []int64{1, 2, 3}
	}
	f := s.follow(l, ids.next())
	for _, n := range costs {
		f.step(t, n)
	}
}

// A technique says how many round trips it makes, and charts repeat it.
func roundTrips(t *testing.T, s subject) {
	l, key, steps := algorithms.NewLimit(5, time.Hour), ids.next(), 0
	conn := stepped{s.conn, func(_ string, run func() error) error {
		steps++
		return run()
	}}
	limiter := s.tech.New(conn, l, realEnv)
	for range 2 {
		steps = 0
		if d, err := limiter.Allow(t.Context(), key, 1); err != nil || !d.Allowed {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	if steps != s.tech.Trips {
		t.Errorf("an admitted decision on a key that exists took %d trips, want %d", steps, s.tech.Trips)
	}
}

// A node that takes over has no scripts: EVALSHA answers NOSCRIPT.
func scriptsFlushed(t *testing.T, s subject) {
	l := algorithms.NewLimit(3, time.Hour)
	f := s.follow(l, ids.next())
	for range 4 {
		if _, err := s.conn.Do(t.Context(), "SCRIPT", "FLUSH"); err != nil {
			t.Fatal(err)
		}
		f.step(t, 1)
	}
}

// A denial that renewed the key would lock out a client that polls.
func denialChangesNothing(t *testing.T, s subject) {
	l := algorithms.NewLimit(1, time.Hour)
	limiter, key := s.limiter(l), ids.next()
	allow := func() algorithms.Decision {
		d, err := limiter.Allow(t.Context(), key, 1)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	allow()
	first := s.load(t, l, key)
	if d := allow(); d.Allowed {
		t.Fatalf("second request is allowed: %+v", d)
	}
	second := s.load(t, l, key)
	if end, again := first.At.Add(first.TTL), second.At.Add(second.TTL); end != again || first.Model != second.Model {
		t.Errorf("a denial changed the key from %+v until %d to %+v until %d", first.Model, end, second.Model, again)
	}
}
