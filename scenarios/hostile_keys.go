package scenarios

import (
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// hostile are ends of users' names that have broken something somewhere: glob patterns,
// what a Cluster hashes by, what an escaping may take for its own, and names of which one
// is the other escaped.
var hostile = []string{
	"", "{", "}", "{}", "{a}b", "}{", "%", "%7D", "%25", "*", "?[a]", " ", "\r\n", "\x00", "\xff\xfe", "ключ", "$1", "../..",
	strings.Repeat("x", 64<<10),
}

// HostileKeys are users whose names nobody has thought of.
func HostileKeys() Scenario {
	return Scenario{
		Name: "hostile-keys", Title: "Hostile keys",
		Hypothesis: "Users name themselves: with nothing, 64 KB, bytes that are no text, line ends, braces, which choose a Cluster's slot, and with what others' names " +
			"are escaped to. Each has a limit of its own, neither shared with somebody else's nor split in two.",
		Expect: func(t algorithms.Technique, _ string) Expectation {
			if t.Atomic {
				return Expectation{Verdict: "valid", Why: "a name is a name"}
			}
			return Expectation{Verdict: "any", Why: "requests of one user rarely meet at this rate"}
		},
		// Each user asks for three times the limit.
		Limit:    algorithms.NewLimit(5, 500*time.Millisecond),
		Duration: 3 * time.Second, Rate: 30 * float64(len(hostile)), MaxCost: 1,
		Open: workload.Paced{Keys: len(hostile)}, Users: hostile,
		Deadline: 5 * time.Second,
		Probe:    true, Repeat: 1,
	}
}
