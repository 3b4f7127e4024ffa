package algorithms_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func TestLimitValidate(t *testing.T) {
	for _, c := range []struct {
		limit algorithms.Limit
		want  string
	}{
		{algorithms.NewLimit(1, time.Millisecond), ""},
		{algorithms.NewLimit(1<<52/1000, time.Millisecond), ""},
		{algorithms.NewLimit(0, time.Second), "limit must be at least 1, got 0"},
		{algorithms.Limit{L: 1, W: time.Second}, "burst must be at least 1, got 0"},
		{algorithms.NewLimit(1, 999*time.Microsecond), "window must be at least 1ms"},
		{algorithms.NewLimit(1, 1500*time.Microsecond), "whole number of milliseconds"},
		{algorithms.NewLimit(1<<52/1000+1, time.Millisecond), "too large for exact arithmetic"},
		{algorithms.Limit{L: 1, W: time.Millisecond, B: 1<<52/1000 + 1}, "too large for exact arithmetic"},
	} {
		err := c.limit.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error is %v, want %q", c.limit, err, c.want)
		}
	}
}

// hashTag is the part of a name that a Cluster hashes: what lies between the first
// opening brace and the first closing one after it, if that is not empty.
func hashTag(name string) string {
	_, rest, open := strings.Cut(name, "{")
	if tag, _, closed := strings.Cut(rest, "}"); open && closed && tag != "" {
		return tag
	}
	return name
}

// All keys of a user lie in one slot, and no two users share a key.
func TestKeyTagsTheUser(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("{}%257D:a")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if one, two := hashTag(algorithms.Key(a, "x")), hashTag(algorithms.Key(a, "y")); one != two || strings.HasPrefix(one, "rl:") {
			t.Fatalf("the keys of user %q are hashed by %q and %q", a, one, two)
		}
		if a != b && algorithms.Key(a, "x") == algorithms.Key(b, "x") {
			t.Fatalf("users %q and %q share the key %s", a, b, algorithms.Key(a, "x"))
		}
	})
}

func TestOutcomeOf(t *testing.T) {
	cause := errors.New("reset")
	for _, c := range []struct {
		d    algorithms.Decision
		err  error
		want string
	}{
		{algorithms.Decision{Allowed: true}, nil, "allowed"},
		{algorithms.Decision{}, nil, "denied"},
		{algorithms.Decision{}, cause, "unknown"},
		{algorithms.Decision{Allowed: true}, drivers.WithClass(drivers.Failed, cause), "failed"},
		{algorithms.Decision{}, drivers.MayHaveRun(drivers.WithClass(drivers.Failed, cause)), "unknown"},
		{algorithms.Decision{}, algorithms.ErrConflict, "failed"},
		{algorithms.Decision{}, algorithms.ErrCost, "failed"},
	} {
		if got := algorithms.OutcomeOf(c.d, c.err).String(); got != c.want {
			t.Errorf("%+v, %v: outcome is %s, want %s", c.d, c.err, got, c.want)
		}
	}
}

func TestTimeOf(t *testing.T) {
	text := func(s string) drivers.Reply { return drivers.Reply{Kind: drivers.Text, Text: s} }
	array := func(items ...drivers.Reply) drivers.Reply { return drivers.Reply{Kind: drivers.Array, Items: items} }
	if at, err := algorithms.TimeOf(array(text("1700000000"), text("000042"))); at != 1_700_000_000_000_042 || err != nil {
		t.Errorf("TIME is %d, %v", at, err)
	}
	for _, r := range []drivers.Reply{{}, array(text("1")), array(text("x"), text("1")), array(text("1"), text(""))} {
		if at, err := algorithms.TimeOf(r); err == nil {
			t.Errorf("%+v was read as %d", r, at)
		}
	}
}
