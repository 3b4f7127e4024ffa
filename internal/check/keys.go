package check

import (
	"time"

	"github.com/rlbench/rlbench/internal/history"
)

// The remaining time to live of a key at the end of a trial lies between how long
// its state still matters and keptLonger more. It is read in whole milliseconds,
// rounded down.
const (
	keptLonger  = int64(time.Second / time.Microsecond)
	ttlRounding = int64(time.Millisecond / time.Microsecond)
)

// keys judges what the limiter left in the server: a key without a time to live
// stays for ever, one that expires early forgets what was charged, and one that
// expires late is memory for nothing.
func keys(h *history.History) Finding {
	a := h.Trial.Audit
	if a == nil {
		return abstain("keys are not judged: they were not looked at")
	}
	if a.WithoutTTL > 0 {
		return invalid("%d of %d keys have no time to live", a.WithoutTTL, a.Keys)
	}
	for _, e := range a.Entries {
		name := h.Trial.Keys[e.Key]
		switch {
		case e.TTLus < 0:
			return invalid("key %q has no time to live", name)
		case e.TTLus+ttlRounding < e.ForgetUS:
			return invalid("key %q expires in %d us, but its state matters for %d us", name, e.TTLus, e.ForgetUS)
		case e.TTLus > e.ForgetUS+keptLonger+ttlRounding:
			return invalid("key %q expires in %d us, but its state matters for %d us only", name, e.TTLus, e.ForgetUS)
		}
	}
	return valid()
}
