package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// ScriptFlush has the servers forget the scripts of limiters again and again.
func ScriptFlush() Scenario {
	s := underFault()
	s.Name, s.Title = "script-flush", "Scripts forgotten"
	s.Hypothesis = "The servers forget all scripts, once per second. Whoever sends EVALSHA next hears NOSCRIPT, which says that nothing has run, and sends the whole script: " +
		"one trip more for those few decisions, each of which is still made once. A limiter that passes the error on would fail, and one that admits on errors would overshoot."
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return keeps(t, "the keys stay, and a script that is not known has not run")
	}
	s.Faults = func(string) (plan []Fault) {
		for at := time.Second; at < s.Duration; at += time.Second {
			plan = append(plan, Fault{Name: "script-flush", At: at})
		}
		return plan
	}
	return s
}
