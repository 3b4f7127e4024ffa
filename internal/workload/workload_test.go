package workload

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

func plan() Plan {
	return Plan{Limit: algorithms.NewLimit(50, 250*time.Millisecond), Duration: 2 * time.Second, Rate: 2000, MaxCost: 1}
}

func workloads() map[string]Workload {
	return map[string]Workload{"paced": Paced{Keys: 100}, "bursts": Bursts{}, "rush": Rush{}, "storm": Storm{First: 500}, "returning": Returning{Gaps: halves}}
}

func TestSeedDecidesTheSchedule(t *testing.T) {
	for name, w := range workloads() {
		a, b := w.Arrivals(plan(), NewRand(7, name)), w.Arrivals(plan(), NewRand(7, name))
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: equal seeds gave different schedules", name)
		}
		if c := w.Arrivals(plan(), NewRand(8, name)); reflect.DeepEqual(a, c) {
			t.Errorf("%s: different seeds gave equal schedules", name)
		}
	}
}

func TestSchedulesAreWellFormed(t *testing.T) {
	for name, w := range workloads() {
		for seed := range uint64(50) {
			p := plan()
			p.MaxCost = int32(1 + seed%10)
			s := w.Arrivals(p, NewRand(seed, name))
			if !slices.IsSortedFunc(s.Arrivals, func(a, b Arrival) int { return int(a.At - b.At) }) {
				t.Fatalf("%s seed %d: arrivals are not in order", name, seed)
			}
			for _, a := range s.Arrivals {
				if a.At < 0 || a.At > s.Length || a.Cost < 1 || a.Cost > p.MaxCost || a.Key < 0 || int(a.Key) >= s.Keys {
					t.Fatalf("%s seed %d: arrival %+v is outside of the plan", name, seed, a)
				}
			}
			checkPhases(t, s)
		}
	}
}

func checkPhases(t *testing.T, s Schedule) {
	t.Helper()
	at := time.Duration(0)
	for _, p := range s.Phases {
		if p.From != at || p.To < p.From {
			t.Fatalf("phase %+v does not follow the one before, which ends at %s", p, at)
		}
		at = p.To
	}
	if at != s.Length {
		t.Fatalf("phases end at %s, the schedule at %s", at, s.Length)
	}
}

// The bursts are the reason for the workload: without an idle gap of a window
// before one and a nearly spent limit before another, a race would not show.
func TestBurstsMeetFreshAndNearlySpentLimiters(t *testing.T) {
	p := plan()
	s := Bursts{}.Arrivals(p, NewRand(1, "bursts"))
	var fresh, spent int
	for at, n := range together(s.Arrivals) {
		if n < 2*int(p.Limit.L) {
			continue
		}
		switch recent := within(s.Arrivals, at-p.Limit.W, at); {
		case recent == 0:
			fresh++
		case recent == int(p.Limit.L)-2:
			spent++
		}
	}
	if fresh < 1 || spent < 1 {
		t.Errorf("bursts at a fresh limiter: %d, at a nearly spent one: %d; want at least one of each", fresh, spent)
	}
}

func together(list []Arrival) map[time.Duration]int {
	n := map[time.Duration]int{}
	for _, a := range list {
		n[a.At]++
	}
	return n
}

// within counts arrivals in [from, to).
func within(list []Arrival, from, to time.Duration) (n int) {
	for _, a := range list {
		if a.At >= from && a.At < to {
			n++
		}
	}
	return n
}

func TestSustainedPhasesOfferExcess(t *testing.T) {
	p := plan()
	s := Bursts{}.Arrivals(p, NewRand(1, "bursts"))
	var excess time.Duration
	for _, ph := range s.Phases {
		if ph.Excess {
			excess += ph.To - ph.From
			if d := ph.To - ph.From; float64(within(s.Arrivals, ph.From, ph.To)) < 1.5*float64(p.Limit.L)*d.Seconds()/p.Limit.W.Seconds() {
				t.Errorf("phase %+v says excess but offers too little", ph)
			}
		}
	}
	if excess < 3*p.Limit.W {
		t.Errorf("excess is offered for %s, want at least three windows", excess)
	}
	p.Rate = 250 // just above the limit's 200 per second
	for _, ph := range (Bursts{}).Arrivals(p, NewRand(1, "bursts")).Phases {
		if ph.Excess {
			t.Error("a rate of 1.25 times the limit is called excess")
		}
	}
}

func TestPlanValidate(t *testing.T) {
	for name, change := range map[string]func(*Plan){
		"zero duration": func(p *Plan) { p.Duration = 0 },
		"negative rate": func(p *Plan) { p.Rate = -1 },
		"zero limit":    func(p *Plan) { p.Limit.L = 0 },
		"tiny window":   func(p *Plan) { p.Limit.W = time.Microsecond },
		"odd window":    func(p *Plan) { p.Limit.W = 1500 * time.Microsecond },
		"too short":     func(p *Plan) { p.Limit.W = time.Millisecond; p.Duration = time.Nanosecond; p.Rate = 100 },
		"too long":      func(p *Plan) { p.Duration = 1000 * time.Hour },
		"too fast":      func(p *Plan) { p.Duration = time.Microsecond; p.Rate = 1e12 },
		"huge burst":    func(p *Plan) { p.Limit = algorithms.NewLimit(1_000_000, 250*time.Millisecond) },
		"huge bucket":   func(p *Plan) { p.Limit.B = 1_000_000 },
		"too many bursts": func(p *Plan) {
			p.Limit, p.Duration, p.Rate = algorithms.NewLimit(9_000, time.Millisecond), time.Hour, 100
		},
		"long window": func(p *Plan) { p.Limit.W = 2_000_000 * time.Hour },
		"too many":    func(p *Plan) { p.Duration = time.Hour; p.Rate = 1e5 },
	} {
		p := plan()
		change(&p)
		if p.Validate(Bursts{}) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := plan().Validate(Bursts{}); err != nil {
		t.Error(err)
	}
}

func TestLengthIsThatOfTheSchedule(t *testing.T) {
	for name, w := range workloads() {
		for _, d := range []time.Duration{time.Millisecond, 2 * time.Second, 7 * time.Second} {
			p := plan()
			p.Duration = d
			if got, want := w.Length(p), w.Arrivals(p, NewRand(3, name)).Length; got != want {
				t.Errorf("%s for %s: length %s, the schedule has %s", name, d, got, want)
			}
		}
	}
}

// Room that nobody asks for would make what several limiters admit look like less.
func TestARushNeverPauses(t *testing.T) {
	p := plan()
	p.Duration = 5 * time.Second
	list := Rush{}.Arrivals(p, NewRand(1, "rush")).Arrivals
	for i := 1; i < len(list); i++ {
		if gap := list[i].At - list[i-1].At; gap > p.Limit.W/4 {
			t.Errorf("nothing arrives for %s after %s", gap, list[i-1].At)
		}
	}
	if n := together(list)[0]; n != 2*int(p.Limit.L) {
		t.Errorf("a fresh key meets %d at once, want a burst of %d", n, 2*p.Limit.L)
	}
}
