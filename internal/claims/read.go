package claims

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// Fields of cells: counts as they are, what may be null as a pointer.
func overshoot(c *result.Cell) float64          { return c.Overshoot.Ratio }
func certain(c *result.Cell) float64            { return float64(c.Overshoot.Certain) }
func timesPermitted(c *result.Cell) float64     { return c.TimesPermitted() }
func allowed(c *result.Cell) float64            { return float64(c.Allowed) }
func denied(c *result.Cell) float64             { return float64(c.Denied) }
func decided(c *result.Cell) float64            { return allowed(c) + denied(c) }
func unanswered(c *result.Cell) float64         { return float64(c.Failed + c.Unknown) }
func requests(c *result.Cell) float64           { return decided(c) + unanswered(c) }
func unansweredShare(c *result.Cell) float64    { return unanswered(c) / max(1, requests(c)) }
func faults(c *result.Cell) float64             { return float64(len(c.Faults)) }
func trips(c *result.Cell) *float64             { return c.RoundTrips }
func serverCPU(c *result.Cell) *float64         { return c.ServerCPUus }
func throughput(c *result.Cell) *float64        { return c.DecisionsPerSecond }
func availability(c *result.Cell) *float64      { return c.Availability }
func recovery(c *result.Cell) *float64          { return c.RecoveryMS }
func connectionsOpened(c *result.Cell) *float64 { return count(c.ConnectionsOpened) }
func withoutTTL(c *result.Cell) *float64        { return count(c.KeysWithoutTTL) }
func lost(c *result.Cell) *float64              { return count(c.LostAcknowledged) }
func evictions(c *result.Cell) *float64         { return count(c.Evictions) }
func doubled(c *result.Cell) *float64           { return count(c.DoubleCounted) }

// count is nil where nothing was counted, which is not the same as none.
func count(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}

// lasted is how long the longest fault was, in milliseconds; nil if none was healed.
func lasted(c *result.Cell) (longest *float64) {
	for _, f := range c.Faults {
		if f.UntilMS != nil && (longest == nil || *f.UntilMS-f.AtMS > *longest) {
			longest = new(*f.UntilMS - f.AtMS)
		}
	}
	return longest
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

// byPolicy counts what the failure policy decided; nil without one.
func byPolicy(c *result.Cell) *float64 {
	if c.ByPolicy == nil {
		return nil
	}
	return new(float64(c.ByPolicy.Allowed + c.ByPolicy.Denied))
}

// admittedByPolicy and deniedByPolicy are the parts of that; none without one.
func admittedByPolicy(c *result.Cell) float64 {
	if c.ByPolicy == nil {
		return 0
	}
	return float64(c.ByPolicy.Allowed)
}

func deniedByPolicy(c *result.Cell) float64 { return known(byPolicy)(c) - admittedByPolicy(c) }

// beyondBound is the cost admitted beyond what the policy promises; nil without one.
func beyondBound(c *result.Cell) *float64 {
	if c.ByPolicy == nil {
		return nil
	}
	return count(&c.ByPolicy.Beyond)
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

// permitted spells a multiple of what a contract permits.
func permitted(times float64) string {
	if times <= 1 {
		return "no more than is permitted"
	}
	return fmt.Sprintf("%.3g times what is permitted", times)
}

// ms spells microseconds as milliseconds.
func ms(us float64) string {
	if us >= 10_000 {
		return fmt.Sprintf("%.0f ms", us/1000)
	}
	return fmt.Sprintf("%.2g ms", us/1000)
}

// changed spells what became of a number as a percentage, signed unless it is none.
func changed(before, after float64) string {
	if n := math.Round(100 * (after/max(1, before) - 1)); n != 0 {
		return fmt.Sprintf("%+.0f %%", n)
	}
	return "0 %"
}

// Series adds up what a run served: of each name the values of all its time series.
func Series(text string) map[string]float64 {
	sums := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		space := strings.LastIndexByte(line, ' ')
		if space < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if value, err := strconv.ParseFloat(line[space+1:], 64); err == nil { // a line may have been cut off
			sums[line[:strings.IndexAny(line, "{ ")]] += value
		}
	}
	return sums
}
