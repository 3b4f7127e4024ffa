package cli

import (
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/scenarios"
)

// settings override what the scenarios say, where a flag was given.
type settings struct {
	flags            *pflag.FlagSet
	duration, window time.Duration
	rate             float64
	workers, repeat  int
	wait             int
	limit, burst     int64
}

func (s *settings) register(f *pflag.FlagSet) {
	s.flags = f
	f.DurationVar(&s.duration, "duration", 0, "length of one trial, for example 10s; concurrent and weighted play whole periods of about 7 windows (default: the scenario's)")
	f.Float64Var(&s.rate, "rate", 0, "arrivals per second of an open loop, outside of its bursts and pauses (default: the scenario's)")
	f.IntVar(&s.workers, "workers", 0, "workers of a closed loop (default: the scenario's)")
	f.Int64Var(&s.limit, "limit", 0, "cost per window, L (default: the scenario's)")
	f.DurationVar(&s.window, "window", 0, "window, W, whole milliseconds (default: the scenario's)")
	f.Int64Var(&s.burst, "burst", 0, "burst of the buckets, B (default: the limit)")
	f.IntVar(&s.wait, "wait", 0, "replicas that must acknowledge each write of a limiter, by WAIT within 500ms (default: the scenario's)")
	f.IntVar(&s.repeat, "repeat", 0, "trials of each cell, interleaved (default: the scenario's)")
}

// given are the flags as typed that a repetition of a cell needs besides its name
// and seed. Where the result goes, and who looks on, is no part of it.
func (s *settings) given() (flags []string) {
	s.flags.Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "suite", "scenario", "topology", "algorithm", "technique", "driver", "client", "policy", "seed", "out", "repeat", "resume", "metrics":
		default:
			flags = append(flags, "--"+f.Name+"="+f.Value.String())
		}
	})
	return flags
}

// typed are the flags as typed, by name, besides those that say where the result
// goes and who looks on.
func (s *settings) typed() map[string][]string {
	out := map[string][]string{}
	s.flags.Visit(func(f *pflag.Flag) {
		list, ok := f.Value.(pflag.SliceValue)
		switch {
		case f.Name == "out" || f.Name == "resume" || f.Name == "metrics":
		case ok:
			out[f.Name] = list.GetSlice()
		default:
			out[f.Name] = []string{f.Value.String()}
		}
	})
	return out
}

// restore sets what an earlier command line had typed, where this one says nothing.
func (s *settings) restore(typed map[string][]string) error {
	for name, values := range typed {
		if s.flags.Changed(name) {
			continue
		}
		for _, value := range values {
			if err := s.flags.Set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// check refuses a value that is wrong whatever the scenario, and a flag that none of
// the scenarios has a use for: silence would look like obedience.
func (s *settings) check(list []scenarios.Scenario) error {
	if err := s.checkSweeps(list); err != nil {
		return err
	}
	closed := slices.ContainsFunc(list, func(sc scenarios.Scenario) bool { return sc.Closed != nil })
	open := slices.ContainsFunc(list, func(sc scenarios.Scenario) bool { return sc.Open != nil })
	switch set := s.flags.Changed; {
	case set("workers") && s.workers < 1:
		return usagef("--workers must be at least 1, got %d", s.workers)
	case set("rate") && !(s.rate > 0):
		return usagef("--rate must be positive, got %g", s.rate)
	case set("workers") && !closed:
		return usagef("--workers has no effect: none of the selected scenarios is a closed loop")
	case set("rate") && !open:
		return usagef("--rate has no effect: none of the selected scenarios is an open loop")
	}
	return nil
}

// checkBurst refuses a burst that no limiter has: windows and logs ignore it.
func (s *settings) checkBurst(cells []scenarios.Cell) error {
	bucket := func(c scenarios.Cell) bool {
		kind := c.Contract().Kind
		return kind == algorithms.Bucket || kind == algorithms.EnvelopeOnly
	}
	if s.flags.Changed("burst") && !slices.ContainsFunc(cells, bucket) {
		return usagef("--burst has no effect: none of the selected limiters is a bucket")
	}
	return nil
}

// checkSweeps refuses a flag that sets what a scenario varies.
func (s *settings) checkSweeps(list []scenarios.Scenario) error {
	for _, sc := range list {
		for _, flag := range []string{sc.Axis(), alsoSet[sc.Axis()]} {
			if s.flags.Changed(flag) {
				return usagef("--%s contradicts %s, which sets it at each step: leave the flag out, or choose a step, such as --scenario %s",
					flag, sc.Name, sc.Steps[0].Of(sc.Name))
			}
		}
	}
	return nil
}

// alsoSet names the flag whose value a sweep of another one sets along.
var alsoSet = map[string]string{"limit": "burst"}

// apply returns the scenario with the given flags in place of its own settings.
func (s *settings) apply(sc scenarios.Scenario) (scenarios.Scenario, error) {
	set := s.flags.Changed
	if set("duration") {
		sc.Duration = s.duration
	}
	if set("rate") && sc.Open != nil {
		sc.Rate = s.rate
	}
	if set("workers") && sc.Closed != nil {
		sc.Workers = s.workers
	}
	if set("limit") {
		sc.Limit.L, sc.Limit.B = s.limit, s.limit
	}
	if set("window") {
		sc.Limit.W = s.window
	}
	if set("burst") {
		sc.Limit.B = s.burst
	}
	if set("wait") {
		sc.Wait = s.wait
	}
	if set("repeat") {
		sc.Repeat = s.repeat
	}
	if err := sc.Validate(); err != nil {
		return sc, usagef("%w", err)
	}
	return sc, nil
}
