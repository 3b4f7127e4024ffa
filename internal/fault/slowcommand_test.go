package fault

import (
	"strconv"
	"strings"
	"testing"
)

// slow: KEYS is one command that looks at all keys, SCAN many that look at a thousand.
func slow(t *testing.T, d deployment) {
	n := d.primary(t)
	for _, one := range []struct {
		fault Preparer
		least int
	}{{Keys{}, 1}, {Scan{}, crowd / 1000}} {
		if err := one.fault.Prepare(t.Context(), d.target()); err != nil {
			t.Fatal(err)
		}
		if keys := ask(t, n, "DBSIZE").Int; keys < crowd {
			t.Errorf("%s is prepared with %d keys, want %d", one.fault.Name(), keys, crowd)
		}
		ask(t, n, "CONFIG", "RESETSTAT")
		if in := d.inject(t, one.fault); in.Heal != nil || in.Node != n.Name {
			t.Errorf("injected %+v, want one that is over, on %s", in, n.Name)
		}
		stats := field(t, n, "cmdstat_"+one.fault.Name())
		first, _, _ := strings.Cut(strings.TrimPrefix(stats, "calls="), ",")
		if calls, err := strconv.Atoi(first); err != nil || calls < one.least || one.least == 1 && calls > 1 {
			t.Errorf("%s ran as %q, want %d calls", one.fault.Name(), stats, one.least)
		}
	}
	ask(t, n, "FLUSHALL")
	if _, err := (Keys{}).Inject(t.Context(), d.target()); err == nil || !strings.Contains(err.Error(), "found 0 keys") {
		t.Errorf("with nothing to look at: %v", err)
	}
}

// asleep: the server itself says how long it was busy.
func asleep(t *testing.T, d deployment) {
	n := d.primary(t)
	if err := (DebugSleep{}).Prepare(t.Context(), d.target()); err != nil {
		t.Fatal(err)
	}
	ask(t, n, "CONFIG", "RESETSTAT")
	if in := d.inject(t, DebugSleep{}); in.Heal != nil || in.Node != n.Name {
		t.Errorf("injected %+v, want one that is over, on %s", in, n.Name)
	}
	stats := field(t, n, "cmdstat_debug")
	_, rest, _ := strings.Cut(stats, ",usec=")
	busy, _, _ := strings.Cut(rest, ",")
	if us, err := strconv.Atoi(busy); err != nil || us < 500_000 || !strings.HasPrefix(stats, "calls=1,") {
		t.Errorf("DEBUG ran as %q, want one call of half a second", stats)
	}
}

// scriptless: a script that was known is known no more.
func scriptless(t *testing.T, d deployment) {
	n := d.primary(t)
	sha := ask(t, n, "SCRIPT", "LOAD", "return 1").Text
	if in := d.inject(t, ScriptFlush{}); in.Heal != nil || in.Node != "" {
		t.Errorf("injected %+v, want one that is over, everywhere", in)
	}
	if known := ask(t, n, "SCRIPT", "EXISTS", sha).Items[0].Int; known != 0 {
		t.Error("the script is known after the flush")
	}
}
