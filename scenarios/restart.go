package scenarios

import (
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Restart ends the only server and starts it again, with each way to keep data on disk.
func Restart() Scenario {
	s := underFault()
	s.Name, s.Title = "restart", "Restart"
	s.Hypothesis = "The only server crashes, or loses power, and is back at once. Without persistence every limiter starts again from nothing. A snapshot takes them back " +
		"to when it was made. An append-only file holds every answer's write when a process crashes, for it was written before the answer; after a loss of power it holds " +
		"what was synced: all with appendfsync always, and all but the last second with everysec. As much as was forgotten is admitted again, whatever the technique."
	// Later than other faults, when windows are nearly full: a server that makes a snapshot
	// every second or two has made one of them by then.
	const strike = 2200 * time.Millisecond
	s.Steps = variants("restart", func(s *Scenario, name string) {
		fault := "crash"
		if strings.HasPrefix(name, "power-loss-") {
			fault = "power-loss"
		}
		s.Faults = alone(Fault{Name: fault, At: strike})
		s.Persistence = strings.TrimPrefix(name, fault+"-")
		s.Expect = afterRestart(fault, s.Persistence)
	}, "crash-none", "crash-rdb", "crash-aof-everysec", "crash-aof-always",
		"power-loss-none", "power-loss-rdb", "power-loss-aof-everysec", "power-loss-aof-always")
	return s.first()
}

// afterRestart expects of limiters what the servers kept on disk.
func afterRestart(fault, persistence string) func(algorithms.Technique, string) Expectation {
	return func(t algorithms.Technique, _ string) Expectation {
		switch persistence {
		case "none":
			return forgets(t, "the server comes back empty")
		case "rdb":
			return mayForget(t, 1, "what was written since the last snapshot is gone")
		case "aof-always":
			return keeps(t, "every write was on the disk before its answer")
		}
		if fault == "crash" {
			return mayForget(t, 1, "every write is in the log before its answer, unless a slow disk holds the log up")
		}
		return mayForget(t, 1, "what was written since the last sync is gone")
	}
}
