package scenarios

import (
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// SharedOutage takes the server away from several processes of one service, and gives it
// back as it was or empty.
func SharedOutage() Scenario {
	s := Outage()
	s.Name, s.Title = "shared-outage", "Outage, several processes"
	s.Hypothesis = "For two and a half seconds nobody answers one or three processes of the same service. fail-local counts in the memory of each process, so that with k of them " +
		"1 + k limits are admitted at most; fail-sql counts in one database for all, and admits one more however many there are. A server that was stopped comes back with " +
		"its keys; one that was killed comes back empty, and admits the limit once more on top: 2 + k, and 3."
	// Enough that each process of three meets more than a whole limit in the outage.
	s.Rate = 60
	// Over before the window is, also for whoever asks again only after a cool-down: what was
	// forgotten still counts when the server is back.
	s.Duration = 8 * time.Second
	s.Steps = variants("outage", func(s *Scenario, name string) {
		fault, n, _ := strings.Cut(name, "-")
		s.Instances, _ = strconv.Atoi(n)
		s.Faults = alone(Fault{Name: fault, At: 2 * time.Second, Until: 4500 * time.Millisecond})
		s.Expect = func(t algorithms.Technique, _ string) Expectation {
			if fault == "stop" {
				return keeps(t, "the server keeps its state, and what a policy admits is none of the limiter's")
			}
			return mayForget(t, 1, "the server comes back empty, and forgets as much as a client that comes back in time can use")
		}
	}, "stop-1", "stop-3", "kill-1", "kill-3")
	return s.first()
}
