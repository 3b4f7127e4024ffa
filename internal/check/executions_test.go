package check

import (
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

func TestExecutionsAreCountedByTheServer(t *testing.T) {
	ops := []history.Op{
		{Intended: 1, Inv: 1, Ret: 2, Cost: 1, Outcome: algorithms.Allowed},
		{Intended: 1, Inv: 1, Ret: 2, Cost: 1, Outcome: algorithms.Unknown},
		{Intended: 1, Inv: 1, Ret: 2, Cost: 1, Outcome: algorithms.Denied},
	}
	for name, c := range map[string]struct {
		one   bool
		calls map[string]int64
		want  Verdict
	}{
		"once each":               {true, map[string]int64{"evalsha": 3}, Valid},
		"one never arrived":       {true, map[string]int64{"evalsha": 2}, Valid},
		"one twice":               {true, map[string]int64{"evalsha": 3, "eval": 1}, Invalid},
		"not counted":             {true, nil, Unknown},
		"transactions, conflicts": {false, map[string]int64{"exec": 9}, Unknown},
	} {
		h := &history.History{Ops: ops, Trial: history.Trial{OneScript: c.one, Server: &history.Server{Calls: c.calls}}}
		if f := executions(h); f.Verdict != c.want || f.Abstained != (c.want == Unknown) {
			t.Errorf("%s: %+v, want %s", name, f, c.want)
		}
	}
}
