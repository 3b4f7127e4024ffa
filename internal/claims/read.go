package claims

import (
	"fmt"

	"github.com/rlbench/rlbench/internal/result"
)

// Fields of cells.
func overshoot(c *result.Cell) float64     { return c.Overshoot.Ratio }
func certain(c *result.Cell) float64       { return float64(c.Overshoot.Certain) }
func allowed(c *result.Cell) float64       { return float64(c.Allowed) }
func denied(c *result.Cell) float64        { return float64(c.Denied) }
func decided(c *result.Cell) float64       { return allowed(c) + denied(c) }
func trips(c *result.Cell) *float64        { return c.RoundTrips }
func executions(c *result.Cell) *float64   { return c.ExecutionsPerDecision }
func availability(c *result.Cell) *float64 { return c.Availability }
func recovery(c *result.Cell) *float64     { return c.RecoveryMS }

func falseRejections(c *result.Cell) float64 {
	if c.FalseRejections == nil {
		return 0
	}
	return float64(c.FalseRejections.Certain)
}

func withoutTTL(c *result.Cell) float64 {
	if c.KeysWithoutTTL == nil {
		return 0
	}
	return float64(*c.KeysWithoutTTL)
}

func lost(c *result.Cell) float64 {
	if c.LostAcknowledged == nil {
		return 0
	}
	return float64(*c.LostAcknowledged)
}

// bytes are those that a decision sends and receives.
func bytes(c *result.Cell) *float64 {
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

func p99(c *result.Cell) *float64 {
	if c.Latency.Response == nil {
		return nil
	}
	return c.Latency.Response.P99us
}

// percent spells a ratio.
func percent(ratio float64) string { return fmt.Sprintf("%.0f %%", 100*ratio) }

// ms spells microseconds as milliseconds.
func ms(us float64) string { return fmt.Sprintf("%.2g ms", us/1000) }
