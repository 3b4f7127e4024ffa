package live

import (
	"runtime"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rlbench/rlbench/algorithms"
)

// top is how many of the most limited keys are shown of each trial.
const top = 10

var (
	subjectLabels = []string{"scenario", "topology", "algorithm", "technique", "driver", "client", "policy"}

	decisions = describe("decisions_total", "Decisions of the measured load so far, by outcome: allowed, denied, "+
		"failed (an error, certainly not charged), unknown (an error, perhaps charged). Those of several instances come at the end of their trial.", append(slices.Clip(subjectLabels), "outcome")...)
	blocked = describe("blocked_total", "Requests denied so far, by all subjects together.")
	seconds = describe("decision_seconds", "Response time of a decision: from the instant at which the schedule intended it.", subjectLabels...)

	overshoot = describe("overshoot_cost", "Cost admitted beyond the limiter's contract for certain, the largest of any trial: "+
		"of a finished trial as it was judged, of a running one a lower bound.", subjectLabels...)
	keys = describe("limiter_keys", "Users of the running trial who had a decision: each has a key, or a few, in the limiter.", subjectLabels...)
	most = describe("most_limited_keys", "Denials so far of the users of the running trial who were denied most often, at most "+
		strconv.Itoa(top)+"; key is the number of the user in the schedule.", append(slices.Clip(subjectLabels), "key")...)

	cellsPlanned  = describe("cells_planned", "Cells in the matrix of the run.")
	cellsFinished = describe("cells_finished", "Cells that were judged and are on disk.")
	trialsRunning = describe("trials_running", "Trials under load at the moment: one, or all subjects that go through a fault side by side.")
	build         = describe("build_info", "Always 1; the labels say which rlbench it is.", "version", "goversion")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("rlbench_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (v *View) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{decisions, blocked, seconds, overshoot, keys, most, cellsPlanned, cellsFinished, trialsRunning, build} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What it reads goes on growing meanwhile, so
// that counters of one subject may be a few decisions apart.
func (v *View) Collect(out chan<- prometheus.Metric) {
	v.mu.Lock()
	defer v.mu.Unlock()
	gauge := func(d *prometheus.Desc, value int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	denied := int64(0)
	for _, s := range v.order {
		denied += s.collect(out)
		gauge(overshoot, s.overshoot.Load(), s.labels[:]...)
	}
	out <- prometheus.MustNewConstMetric(blocked, prometheus.CounterValue, float64(denied))
	for _, t := range v.running {
		gauge(keys, t.used.Load(), t.subject.labels[:]...)
		for _, l := range t.mostLimited(top) {
			gauge(most, int64(l.denied), t.subject.labels.with(strconv.Itoa(l.user))...)
		}
	}
	gauge(cellsPlanned, v.planned.Load())
	gauge(cellsFinished, v.finished.Load())
	gauge(trialsRunning, int64(len(v.running)))
	gauge(build, 1, v.version, runtime.Version())
}

// collect sums the shards, and returns the denials.
func (s *subject) collect(out chan<- prometheus.Metric) (denied int64) {
	var outcomes [algorithms.Allowed + 1]int64
	classes := map[float64]uint64{}
	var count, sumNS int64
	for i := range s.shards {
		for o := range outcomes {
			outcomes[o] += s.shards[i].outcomes[o].Load()
		}
		sumNS += s.shards[i].sumNS.Load()
	}
	for class := range len(bounds) + 1 {
		for i := range s.shards {
			count += s.shards[i].classes[class].Load()
		}
		if class < len(bounds) {
			classes[float64(bounds[class])/1e9] = uint64(count)
		}
	}
	for o, n := range outcomes {
		out <- prometheus.MustNewConstMetric(decisions, prometheus.CounterValue, float64(n), s.labels.with(algorithms.Outcome(o).String())...)
	}
	out <- prometheus.MustNewConstHistogram(seconds, uint64(count), float64(sumNS)/1e9, classes, s.labels[:]...)
	return outcomes[algorithms.Denied]
}
