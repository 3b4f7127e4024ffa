package algotest

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// differs says that a technique is not a refinement of the Model, and is not meant to
// be: it is kept as evidence of a flaw, or its contract is another one.
func differs(t algorithms.Technique) bool {
	return t.Kept() && (t.Origin.Flaw != "" || t.Contract != nil)
}

// alone tests what holds of such a technique too, while one client is there at a time.
// Whether it holds for several is the explorer's question.
func alone(t *testing.T, s subject) {
	t.Run("limit", func(t *testing.T) { spendsTheLimitAlone(t, s) })
	t.Run("lost-replies", func(t *testing.T) { failedIsNotCharged(t, s) })
	t.Run("cost-below-one", func(t *testing.T) { costBelowOne(t, s) })
	t.Run("one-user-per-key", func(t *testing.T) { oneUserPerKey(t, s) })
	t.Run("round-trips", func(t *testing.T) { roundTrips(t, s) })
	if s.tech.Atomic {
		t.Run("concurrent", func(t *testing.T) { concurrent(t, s) })
	}
}

// aloneLimit is a limit to which nothing comes back while a test runs. Some flaws show
// without any concurrency, but none at a limit of 1.
func aloneLimit(s subject) algorithms.Limit {
	if s.tech.Origin.Flaw != "" {
		return algorithms.NewLimit(1, 24*time.Hour)
	}
	return algorithms.NewLimit(5, 24*time.Hour)
}

// Of twice the limit exactly the limit is admitted, and every key has a time to live
// from the first request on.
func spendsTheLimitAlone(t *testing.T, s subject) {
	l, key := aloneLimit(s), ids.next()
	limiter := s.limiter(l)
	for i := range 2 * l.L {
		if got, want := allowed(t, limiter, key), i < l.L; got != want {
			t.Errorf("request %d of a limit of %d: allowed %t, want %t", i+1, l.L, got, want)
		}
		keysExpire(t, s, key)
	}
}

func keysExpire(t *testing.T, s subject, user string) {
	t.Helper()
	keys, err := s.conn.Do(t.Context(), "KEYS", algorithms.Key(user, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(keys.Items) == 0 {
		t.Errorf("there is no key %s", algorithms.Key(user, "*"))
	}
	for _, key := range keys.Items {
		ttl, err := s.conn.Do(t.Context(), "PTTL", key.Text)
		if err != nil {
			t.Fatal(err)
		}
		if ttl.Int == -1 {
			t.Errorf("%s has no time to live", key.Text)
		}
	}
}

// failedIsNotCharged loses the reply of the first step of a decision, of the second,
// and so on. Without all replies there is no decision, and who says failed has not been
// charged: the limit is still there.
func failedIsNotCharged(t *testing.T, s subject) {
	l := aloneLimit(s)
	for lost := 1; ; lost++ {
		key, taken := ids.next(), 0
		conn := stepped{s.conn, func(_ string, run func() error) error {
			taken++
			if err := run(); err != nil || taken != lost {
				return err
			}
			return errLost
		}}
		outcome := algorithms.OutcomeOf(s.tech.New(conn, l, s.env).Allow(t.Context(), key, 1))
		switch {
		case taken < lost:
			return
		case outcome == algorithms.Allowed && lost == 1 && s.tech.OneScript && s.tech.Origin.Flaw != "":
			// To admit on any error is a flaw of its own, which the explorer shows. Who
			// needs more than one trip may not have it beside another one.
		case outcome == algorithms.Allowed || outcome == algorithms.Denied:
			t.Errorf("the reply of step %d was lost: outcome is %s", lost, outcome)
		case outcome == algorithms.Failed:
			spendsAll(t, s, l, key)
		}
	}
}

func spendsAll(t *testing.T, s subject, l algorithms.Limit, key string) {
	t.Helper()
	limiter := s.limiter(l)
	for i := range l.L {
		d, err := limiter.Allow(t.Context(), key, 1)
		if err != nil {
			return // whoever had failed holds a lock: that is no charge
		}
		if !d.Allowed {
			t.Errorf("a request failed, and the limit of %d is spent after %d more", l.L, i)
		}
	}
}
