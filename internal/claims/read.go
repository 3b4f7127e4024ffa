package claims

import (
	"fmt"

	"github.com/rlbench/rlbench/internal/result"
)

// Fields of cells: counts as they are, what may be null as a pointer.
func overshoot(c *result.Cell) float64          { return c.Overshoot.Ratio }
func certain(c *result.Cell) float64            { return float64(c.Overshoot.Certain) }
func timesPermitted(c *result.Cell) float64     { return c.TimesPermitted() }
func allowed(c *result.Cell) float64            { return float64(c.Allowed) }
func denied(c *result.Cell) float64             { return float64(c.Denied) }
func failed(c *result.Cell) float64             { return float64(c.Failed) }
func unknown(c *result.Cell) float64            { return float64(c.Unknown) }
func decided(c *result.Cell) float64            { return allowed(c) + denied(c) }
func unanswered(c *result.Cell) float64         { return failed(c) + unknown(c) }
func requests(c *result.Cell) float64           { return decided(c) + unanswered(c) }
func trips(c *result.Cell) *float64             { return c.RoundTrips }
func serverCPU(c *result.Cell) *float64         { return c.ServerCPUus }
func throughput(c *result.Cell) *float64        { return c.DecisionsPerSecond }
func availability(c *result.Cell) *float64      { return c.Availability }
func recovery(c *result.Cell) *float64          { return c.RecoveryMS }
func connectionsOpened(c *result.Cell) *float64 { return count(c.ConnectionsOpened) }
func withoutTTL(c *result.Cell) *float64        { return count(c.KeysWithoutTTL) }
func lost(c *result.Cell) *float64              { return count(c.LostAcknowledged) }
func doubled(c *result.Cell) *float64           { return count(c.DoubleCounted) }

// count is nil where nothing was counted, which is not the same as none.
func count(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}

// known reads a field that may be null, as 0 then.
func known(of func(*result.Cell) *float64) func(*result.Cell) float64 {
	return func(c *result.Cell) float64 {
		if v := of(c); v != nil {
			return *v
		}
		return 0
	}
}

// policyOvershoot is what was admitted beyond the contract by limiter and policy, as a
// share of the limit.
func policyOvershoot(c *result.Cell) float64 {
	if c.ByPolicy == nil {
		return c.Overshoot.Ratio
	}
	return c.ByPolicy.Ratio
}

func detection(c *result.Cell) *float64 {
	if c.Noticed == nil {
		return nil
	}
	return c.Noticed.DetectMS
}

func falseRejections(c *result.Cell) *float64 {
	if c.FalseRejections == nil {
		return nil
	}
	return count(&c.FalseRejections.Certain)
}

// traffic is the bytes that a decision sends and receives.
func traffic(c *result.Cell) *float64 {
	if c.BytesIn == nil || c.BytesOut == nil {
		return nil
	}
	return new(*c.BytesIn + *c.BytesOut)
}

// p50 is the median response time in microseconds.
func p50(c *result.Cell) *float64 {
	if c.Latency.Response == nil {
		return nil
	}
	return &c.Latency.Response.P50us
}

// slowest is the longest response time in microseconds.
func slowest(c *result.Cell) *float64 {
	if c.Latency.Response == nil {
		return nil
	}
	return &c.Latency.Response.MaxUS
}

// percent spells a ratio.
func percent(ratio float64) string { return fmt.Sprintf("%.0f %%", 100*ratio) }

// ms spells microseconds as milliseconds.
func ms(us float64) string { return fmt.Sprintf("%.2g ms", us/1000) }
