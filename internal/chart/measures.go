package chart

import "github.com/rlbench/rlbench/internal/result"

// The factors by which two medians of one program differ between runs on a shared
// machine; a smaller lead is not a finding. Measured coefficients of variation: CPU
// per decision 8 %, throughput 25 %; trips and bytes are counted and hardly vary.
const (
	cpuNoise   = 1.1
	paceNoise  = 1.25
	countNoise = 1.01
)

// measure is one column: what is read from a cell, and how titles put it.
type measure struct {
	head, note string
	format     func(float64) string
	value      func(result.Cell) *float64
	// what names the quantity; lead says which subject is the best, and same which
	// several are, each with their figure; rest the figure that the others come to.
	what, lead, same, rest string
	// more says that the highest value is the best.
	more  bool
	noise float64
}

var throughput = measure{
	head: "Decisions", note: "per second, more is better", format: perSecond,
	value: func(c result.Cell) *float64 { return c.DecisionsPerSecond },
	what:  "decisions per second", lead: "%s made most decisions, %s", same: "%s made about as many decisions, %s", rest: "others down to %s",
	more: true, noise: paceNoise,
}

// costs are the measures per decision, in the order in which they matter to
// whoever shares the server.
var costs = []measure{serverCPU, clientCPU, trips, traffic}

var (
	serverCPU = measure{
		head: "Server CPU", note: "lower is better", format: micros,
		value: func(c result.Cell) *float64 { return c.ServerCPUus },
		what:  "server CPU per decision", lead: "%s cost the server least CPU, %s a decision",
		same: "%s cost the server about the same CPU, %s a decision", rest: "others up to %s", noise: cpuNoise,
	}
	clientCPU = measure{
		head: "Client CPU", note: "lower is better", format: micros,
		value: func(c result.Cell) *float64 { return c.ClientCPUus },
		what:  "client CPU per decision", lead: "%s cost the client least CPU, %s a decision",
		same: "%s cost the client about the same CPU, %s a decision", rest: "others up to %s", noise: cpuNoise,
	}
	trips = measure{
		head: "Round trips", note: "lower is better", format: number,
		value: func(c result.Cell) *float64 { return c.RoundTrips },
		what:  "round trips per decision", lead: "%s made fewest round trips, %s a decision",
		same: "%s made about as many round trips, %s a decision", rest: "others up to %s", noise: countNoise,
	}
	traffic = measure{
		head: "Bytes", note: "both ways, lower is better", format: octets,
		value: bytesBothWays,
		what:  "bytes per decision", lead: "%s moved fewest bytes, %s a decision",
		same: "%s moved about as many bytes, %s a decision", rest: "others up to %s", noise: countNoise,
	}
)

// What is measured at the steps of a sweep only.
var (
	middling = measure{
		head: "Response time, p50", note: "lower is better", format: micros, noise: paceNoise,
		value: func(c result.Cell) *float64 {
			if c.Latency.Response == nil {
				return nil
			}
			return &c.Latency.Response.P50us
		},
	}
	late = measure{
		head: "Response time, p99", note: "lower is better", format: micros, noise: paceNoise,
		value: func(c result.Cell) *float64 {
			if c.Latency.Response == nil {
				return nil
			}
			return c.Latency.Response.P99us
		},
	}
	started = measure{
		head: "Started in time", note: "within 10 ms of the intended start; 99 % are needed", format: share, noise: countNoise, more: true,
		value: func(c result.Cell) *float64 { return c.StartedRatio },
	}
	beyond = measure{
		head: "Overshoot", note: "certain, as a share of the limit; 0 is right", format: share, noise: countNoise,
		value: func(c result.Cell) *float64 { return &c.Overshoot.Ratio },
	}
	keyBytes = measure{
		head: "Memory per key", note: "lower is better", format: octets, noise: countNoise,
		value: func(c result.Cell) *float64 { return c.BytesPerKey },
	}
)

func bytesBothWays(c result.Cell) *float64 {
	if c.BytesIn == nil || c.BytesOut == nil {
		return nil
	}
	sum := *c.BytesIn + *c.BytesOut
	return &sum
}
