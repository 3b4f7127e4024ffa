package chart

import (
	"math"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// fullFaults is the matrix of a run with faults: on each topology one scenario without
// a fault and two with one.
func fullFaults() *result.Result { return faultsOn("standalone", "sentinel", "cluster") }

func faultsOn(topologies ...string) *result.Result {
	m := full().only("concurrent", "failover", "partition")
	m.repeats = 1
	r := m.result()
	calm := r.Cells
	r.Cells = nil
	for _, t := range topologies {
		for _, c := range calm {
			if c.Topology = t; c.Scenario == "concurrent" {
				c.Overshoot.Attribution = map[bool]string{true: "race"}[c.Overshoot.Certain > 0]
			} else {
				disturb(&c)
			}
			r.Cells = append(r.Cells, c)
		}
	}
	r.Run.Planned = len(r.Cells)
	r.Run.Titles = append([]result.Title{r.Run.Titles[0], {Name: "failover", Title: "Failover"}, {Name: "partition", Title: "Partition"}}, r.Run.Titles[1:]...)
	return r
}

// outing is what a fault does to one subject, in seconds: from when and until when
// nothing is answered, and from which instant on the admissions before the outage are
// forgotten.
type outing struct{ silent, back, forgot float64 }

const faultAt, trialLength, timelineBin = 6.0, 20.0, 0.25

// outingOf resembles what was measured: Sentinel does not fence a primary that is cut
// off, Cluster does, and a lone server that is started again has forgotten everything.
func outingOf(c *result.Cell) outing {
	slow := map[string]float64{"goredis": 0.4, "rueidis": 0.1, "redigo": 1.1}[c.Driver] + 0.3*(1+noise(id(*c)+c.Topology))
	promoted := map[string]float64{"standalone": 1.2, "sentinel": 1.7, "cluster": 3.4}[c.Topology]
	switch o := (outing{faultAt, faultAt + promoted + slow, faultAt - 0.05}); {
	case c.Scenario == "failover" && c.Topology == "standalone":
		o.forgot = 0
		return o
	case c.Scenario == "failover":
		return o
	case c.Topology == "standalone":
		return outing{faultAt, faultAt + 4 + slow/4, math.Inf(1)}
	case c.Topology == "sentinel":
		return outing{faultAt + 2.3 + slow, faultAt + 2.6 + slow, faultAt}
	default:
		return outing{faultAt + 2.4, faultAt + promoted + slow, faultAt}
	}
}

// disturb lets a cell go through a fault: a limiter whose servers may forget decides a
// load of twice its rate.
func disturb(c *result.Cell) {
	o := outingOf(c)
	c.Limit, c.WindowMS, c.Burst, c.Expected = 240, 4000, 240, "any"
	c.Contract = map[string]string{"fixedwindow": "window", "slidinglog": "log"}[c.Algorithm]
	if c.Contract == "" {
		c.Contract = "bucket"
	}
	for _, unknown := range []**float64{&c.RoundTrips, &c.BytesIn, &c.BytesOut, &c.ServerCPUus, &c.ClientCPUus} {
		*unknown = nil // a cohort shares the machine
	}
	until := faultAt + 6
	name := map[string]string{"failover": "kill", "partition": "cut-peers"}[c.Scenario]
	if c.Scenario == "partition" && c.Topology == "standalone" {
		name, until = "cut-clients", faultAt+4
	}
	healed := until * 1000
	c.Faults = []result.Fault{{Name: name, Node: "redis-1", AtMS: faultAt * 1000, UntilMS: &healed}}
	play(c, o)
	first, recovery := (o.back-faultAt)*1000, (o.back-faultAt)*1000+90
	available := 0.997 - (o.back-o.silent)/trialLength
	c.FirstSuccessMS, c.RecoveryMS, c.Availability = &first, &recovery, &available
}

// play decides the load bin by bin.
func play(c *result.Cell, o outing) {
	n := int(trialLength / timelineBin)
	t := &result.Timeline{
		BinMS: timelineBin * 1000, Allowed: make([]int64, n), Denied: make([]int64, n), Failed: make([]int64, n), Unknown: make([]int64, n),
		Admitted: make([]int64, n), P50MS: make([]float64, n), MaxMS: make([]float64, n),
	}
	c.Timeline = t
	const offered = 30
	known := make([]int64, n) // what the servers remember
	var lost int64
	for i := range n {
		at := float64(i) * timelineBin
		if at <= o.back && o.back < at+timelineBin {
			for j := max(0, int(o.forgot/timelineBin)); j < i && o.forgot < o.back; j++ {
				lost += known[j]
				known[j] = 0
			}
		}
		t.P50MS[i] = map[string]float64{"goredis": 0.9, "rueidis": 0.6, "redigo": 1.4}[c.Driver] * (1 + 0.3*noise(id(*c)+string(rune(i))))
		if at >= o.silent-timelineBin/2 && at < o.back {
			t.Failed[i], t.Unknown[i] = offered/2, offered/2
			t.P50MS[i] = 500
		} else {
			t.Admitted[i] = admits(c, known[:i+1], offered)
			known[i] = t.Admitted[i]
			if c.Technique == "naive" && known[i] > 0 && known[i] < offered {
				t.Admitted[i] = min(offered, t.Admitted[i]+3) // not all of it is charged
			}
			t.Allowed[i], t.Denied[i] = t.Admitted[i], offered-t.Admitted[i]
			if at < o.back+0.5 && at > faultAt {
				t.P50MS[i] = 60 * (1 + noise(id(*c)+"late"))
			}
		}
		t.MaxMS[i] = t.P50MS[i] * 4
	}
	judgeCourse(c, lost)
}

// admits is how much of the offered cost a limiter that knows of earlier admissions
// lets through in the last interval.
func admits(c *result.Cell, known []int64, offered int64) int64 {
	for a := offered; a > 0; a-- {
		known[len(known)-1] = a
		seen := *c.Timeline
		seen.Admitted = known
		x := *c
		x.Timeline = &seen
		for _, list := range []*[]int64{&seen.Allowed, &seen.Denied, &seen.Failed, &seen.Unknown} {
			*list = (*list)[:len(known)]
		}
		seen.P50MS, seen.MaxMS = seen.P50MS[:len(known)], seen.MaxMS[:len(known)]
		if levels := charged(x); levels[len(levels)-1] <= 1 {
			return a
		}
	}
	return 0
}

func judgeCourse(c *result.Cell, lost int64) {
	over := slices.Max(charged(*c)) - 1
	c.LostAcknowledged = &lost
	c.Overshoot = result.Overshoot{}
	c.Verdict = "valid"
	if certain := int64(math.Round(over * float64(c.Limit))); certain > 0 {
		c.Verdict, c.Overshoot.Certain, c.Overshoot.Ratio, c.Overshoot.Attribution = "invalid", certain, float64(certain)/float64(c.Limit), "lost writes"
		if c.Technique == "naive" {
			c.Overshoot.Attribution = "race"
		}
	}
}

// faultsOfAllKinds is a run in which something went wrong, of few subjects: a scenario
// that one topology cannot play, a client that never recovers, faults close together,
// trials that are void or that nobody could judge.
func faultsOfAllKinds() *result.Result {
	r := faultsOn("sentinel", "cluster")
	r = without(r, func(c result.Cell) bool {
		return c.Algorithm == "slidinglog" || c.Algorithm == "gcra" || c.Driver == "rueidis"
	})
	for _, c := range slices.Clone(r.Cells) {
		switch {
		case c.Topology == "cluster" && c.Scenario == "failover":
			c.Scenario = "reshard"
			c.Faults = []result.Fault{{Name: "reshard", AtMS: 6000, UntilMS: &c.Faults[0].AtMS}, {Name: "lost-reply", AtMS: 6400}, {Name: "delay", AtMS: 15_000}}
			r.Cells = append(r.Cells, c)
		case c.Driver == "goredis" && c.Timeline != nil:
			c.Client, c.RecoveryMS = "default", nil
			if c.Scenario == "failover" {
				c.FirstSuccessMS = nil
			}
			r.Cells = append(r.Cells, c)
		}
	}
	change(r, func(c result.Cell) bool {
		return c.Scenario == "partition" && c.Topology == "cluster" && c.Algorithm == "tokenbucket"
	}, func(c *result.Cell) {
		void(c)
		c.Faults, c.Timeline = []result.Fault{}, nil
	})
	change(r, func(c result.Cell) bool { return c.Scenario == "reshard" && c.Technique == "lua" }, func(c *result.Cell) {
		c.Verdict, c.Overshoot = "unknown", result.Overshoot{}
	})
	change(r, func(c result.Cell) bool {
		return c.Scenario == "reshard" && c.Technique == "multi" && c.Overshoot.Certain > 0
	}, func(c *result.Cell) {
		c.Overshoot.Attribution = "unattributed"
	})
	r.Run.Planned = len(r.Cells)
	return r
}
