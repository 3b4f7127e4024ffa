package algorithms_test

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
)

func TestBoundTimes(t *testing.T) {
	for _, c := range []struct {
		bound             algorithms.Bound
		processes, losses int
		want              int
	}{
		{algorithms.Bound{}, 3, 0, 1},
		{algorithms.Bound{}, 3, 1, 2},
		{algorithms.Bound{Own: 1}, 1, 0, 2},
		{algorithms.Bound{Own: 1}, 10, 0, 11},
		{algorithms.Bound{Own: 1}, 10, 1, 12},
		{algorithms.Bound{Shared: 1}, 10, 0, 2},
		{algorithms.Bound{Shared: 1}, 10, 1, 3},
		{algorithms.Bound{None: true, Own: 1}, 10, 1, 0},
	} {
		if got := c.bound.Times(c.processes, c.losses); got != c.want {
			t.Errorf("%+v of %d processes, %d losses: %d times, want %d", c.bound, c.processes, c.losses, got, c.want)
		}
	}
}

func TestByKnowsWhatTheLimiterDid(t *testing.T) {
	for by, want := range map[algorithms.By]algorithms.Outcome{
		algorithms.ByLimiter: algorithms.Allowed, algorithms.AfterUnknown: algorithms.Unknown,
		algorithms.AfterFailed: algorithms.Failed, algorithms.Unasked: algorithms.Failed,
	} {
		if got := by.Own(algorithms.Allowed); got != want {
			t.Errorf("allowed by %s: the limiter's own call is %s, want %s", by, got, want)
		}
	}
}

func TestPolicyValidate(t *testing.T) {
	wrap := func(l algorithms.Limiter, _ algorithms.Means) (algorithms.Limiter, error) { return l, nil }
	for _, c := range []struct {
		policy algorithms.Policy
		want   string
	}{
		{algorithms.Policy{Name: "a", About: "Does.", Wrap: wrap}, ""},
		{algorithms.Policy{Name: "A", About: "Does.", Wrap: wrap}, "lower-case"},
		{algorithms.Policy{Name: "a", Wrap: wrap}, "About"},
		{algorithms.Policy{Name: "a", About: "Does."}, "Wrap"},
		{algorithms.Policy{Name: "a", About: "Does.", Wrap: wrap, Bound: algorithms.Bound{Own: -1}}, "fewer than no places"},
	} {
		if err := c.policy.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.policy, err, c.want)
		}
	}
}
