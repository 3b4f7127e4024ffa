package chart

import (
	"github.com/rlbench/rlbench/internal/result"
)

// skew draws what limiters admit, and deny for nothing, when the clocks of their clients
// differ. It begins before zero: a clock may be behind as well as ahead.
var skew = sweep{
	scenario: "clock-skew", axis: "the clock of every second client, in windows: + ahead, − behind", step: windowsAhead,
	line: technique, over: "clients", column: algorithm, across: 2, title: skewTitle,
	subtitle: "two clients share one limit, and the clock of one is off. Overshoot = cost certainly admitted in the worst interval, in percent " +
		"beyond what the contract permits in it: +100 % is twice as much. Compare techniques of one algorithm: contracts differ.",
	gives: "the worst trial of each technique",
	tracks: []track{
		{measure: sharedExcess, absent: "unknown", least: 1},
		{measure: wronged, absent: "unknown"},
	},
}

var wronged = measure{
	head: "False rejections", note: "share of requests denied that the contract admits for certain; 0 is right", format: shareOrNone, noise: countNoise,
	value: func(c result.Cell) *float64 {
		answers := c.Allowed + c.Denied
		if !judged(c) || c.FalseRejections == nil || answers <= 0 {
			return nil
		}
		return new(float64(c.FalseRejections.Certain) / float64(answers))
	},
}

// shareOrNone spells a share of requests: "12 %", and "0" for none.
func shareOrNone(ratio float64) string {
	if ratio == 0 {
		return "0"
	}
	return share(ratio)
}

// windowsAhead spells a step in per cent of the window: "−0.5", "0", "+2".
func windowsAhead(percent float64) string {
	if percent <= 0 {
		return short(percent / 100)
	}
	return "+" + short(percent/100)
}

// skewTitle says which techniques hold the limit however far clocks are apart, and how
// far the others go.
func skewTitle(l ladder) string {
	furthest := 0.0
	worst := map[string]overshared{}
	var names []string
	for _, r := range l.columns {
		for _, c := range r.panels[0] {
			o, seen := worst[c.label]
			if !seen {
				names = append(names, c.label)
			}
			for _, p := range c.points {
				furthest = max(furthest, p.at, -p.at)
				o = overshared{c.label, max(o.beyond, p.high()), true}
			}
			worst[c.label] = o
		}
	}
	text := holding(mapped(names, func(n string) overshared { return worst[n] }))
	if text == "" {
		return "What limiters admit when clocks differ is unknown"
	}
	if furthest == 0 {
		return "With clocks that agree " + text
	}
	return "With clocks up to " + number(furthest/100) + " windows apart " + text
}
