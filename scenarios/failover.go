package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// underFault is what the scenarios with faults have in common. A promotion takes longer
// than a window of a second lives: with ten, what was forgotten still counts when the
// new primary decides. Four times what the limit lets through, so that every limiter
// is still admitting when the fault strikes, and refuses before the trial ends.
func underFault() Scenario {
	return Scenario{
		Limit:    algorithms.NewLimit(100, 10*time.Second),
		Duration: 12 * time.Second, Rate: 40, MaxCost: 1,
		Open: workload.Paced{Keys: 1}, Deadline: time.Second,
		Probe: true, Repeat: 1,
	}
}

// strike is when faults begin: a window has room left, and a bucket holds half of its
// tokens.
const strike = 1500 * time.Millisecond

// The names of topologies that plans of faults tell apart.
const (
	standalone = "standalone"
	sentinel   = "sentinel"
	cluster    = "cluster"
)

// several gives a plan for topologies in which another node can take over.
func several(plan ...Fault) func(string) []Fault {
	return func(topology string) []Fault {
		if topology == standalone {
			return nil
		}
		return plan
	}
}

// forgets expects that admissions are forgotten, and with them up to the whole limit
// admitted once more, which no technique can help.
func forgets(t algorithms.Technique, why string) Expectation { return excused(t, "invalid", 1, why) }

// mayForget expects that perhaps, and most of the limit at most.
func mayForget(t algorithms.Technique, most float64, why string) Expectation {
	return excused(t, "any", most, why)
}

// excused accepts of an atomic technique that it breaks its contract by what the servers
// forgot, and by no more. One that races adds to it, and one with a client of its own
// cannot be traced to tell the two apart.
func excused(t algorithms.Technique, verdict string, most float64, why string) Expectation {
	e := Expectation{Verdict: verdict, Why: why}
	if t.Atomic {
		e.Most = most
	}
	if t.Atomic && t.Open == nil {
		e.Cause = "lost writes"
	}
	return e
}

// replicationLag is the share of a limit that a primary can have acknowledged and not yet
// sent to its replicas when it dies: at 40 requests per second, a tenth of 100 is what
// arrives in a quarter of a second.
const replicationLag = 0.1

// keeps expects nothing to be forgotten: atomic techniques hold. The others are not
// driven hard enough to show that they are not.
func keeps(t algorithms.Technique, why string) Expectation {
	if t.Atomic {
		return Expectation{Verdict: "valid", Why: why}
	}
	return Expectation{Verdict: "any", Why: "requests rarely meet at this rate"}
}

// Failover kills the primary.
func Failover() Scenario {
	s := underFault()
	s.Name, s.Title = "failover", "Failover"
	s.Hypothesis = "The primary is killed. Its replica lacks what was written in the last milliseconds, so that a limiter on Sentinel or " +
		"Cluster forgets hardly anything, and what users notice are the seconds until somebody answers again, which differ by client. " +
		"A server that stands alone and is started again without persistence has forgotten everything: every technique admits up to a limit twice, " +
		"behind every driver. go-redis, which waits a second before it dials a dead server again, comes back to it the latest."
	s.Expect = func(t algorithms.Technique, topology string) Expectation {
		if topology == standalone {
			return forgets(t, "the server comes back empty, and what was charged before counts no more")
		}
		return mayForget(t, replicationLag, "whether the last milliseconds were replicated is chance")
	}
	s.Faults = func(topology string) []Fault {
		if topology == standalone {
			return []Fault{{Name: "kill", At: strike, Until: strike + 500*time.Millisecond}}
		}
		return []Fault{{Name: "kill", At: strike, Until: 8 * time.Second}}
	}
	s.Promotions = 1
	return s
}
