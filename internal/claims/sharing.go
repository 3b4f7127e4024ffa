package claims

import (
	"cmp"
	"fmt"
	"strings"
)

// sharing is the second document: from memory to Redis.
func sharing() []Claim {
	return []Claim{
		{"1.1", "A limiter in the memory of each of 3 instances admits 3 times the limit.",
			[]string{processes}, "run --scenario multi-instance.3 --algorithm inprocess --driver goredis", Confirmed, inMemory},
		{"1.2", "MULTI{INCR, TTL}, then EXPIRE of int(period) + 1 s where the count is 1 or there is no TTL, is atomic, and the window is the period.",
			[]string{explorer, named}, "explore --algorithm fixedwindow --technique multi-ttl --confirm", Refuted, multiTTL},
		{"1.3", "On any error of Redis the request is allowed; without Redis the limiter in memory is as good.",
			[]string{outage, processes}, "run --scenario outage.stop --algorithm gcra --technique lua --driver goredis --policy fail-open,fail-local", Conditional, allowOnError},
		{"1.4", "A decision takes 1-2 ms on a local Redis, 5-10 ms on a remote one, and 0.1 ms in memory.",
			[]string{baseline, delayed}, "run --scenario network-delay.5 --algorithm fixedwindow --technique lua --driver goredis", Conditional, milliseconds},
		{"1.5", "On Redis the limit is the same on all instances, however many there are.",
			[]string{processes}, "run --scenario multi-instance.10 --algorithm gcra --driver goredis", Conditional, sameLimit},
		{"1.6", "The number of limiter keys, the most limited users, what was blocked and the latency of decisions can be watched.",
			[]string{concurrent}, "run --scenario concurrent --technique lua --metrics 127.0.0.1:9464", Confirmed, watched},
	}
}

func inMemory(e *Evidence) Ruling {
	three := e.cells(processes, "multi-instance.3/*/inprocess/memory/*")
	ten := e.cells(processes, "multi-instance.10/*/inprocess/memory/*")
	times := three.most(timesPermitted)
	return Ruling{of(times > 2.9 && times < 3.1), fmt.Sprintf("3 processes admitted %.3g times what one limit permits, 10 processes %.3g times.",
		times, ten.most(timesPermitted)), overview(processes)}
}

func multiTTL(e *Evidence) Ruling {
	d := e.explored(explorer)
	longer := broken(d, "fixedwindow-multi-ttl/false-rejection")
	death := broken(d, "fixedwindow-multi-ttl/client-death-key-without-ttl")
	extra := broken(d, "fixedwindow-multi-ttl/overshoot")
	under := e.cells(named, "concurrent/*/fixedwindow/multi-ttl/*")
	late := e.sum(under, "false rejections", falseRejections)
	return Ruling{of(death == nil && extra == nil, longer == nil && late == 0), fmt.Sprintf("A client that dies between the two trips leaves a counter without TTL, until the next request mends it: in %s; too much is admitted in %s. "+
		"The window is up to a second longer than the period, which denies what is due: in %s, and under load %.0f of %.0f denials were false for certain.",
		share(death), share(extra), share(longer), late, under.sum(denied)), explained(longer, death, extra)}
}

func allowOnError(e *Evidence) Ruling {
	open := e.cells(outage, "outage.*/*/gcra/lua/*/fail-open")
	local := e.cells(outage, "outage.*/*/gcra/lua/*/fail-local")
	one, three := e.cells(processes, "multi-instance.1/*/inprocess/memory/*"), e.cells(processes, "multi-instance.3/*/inprocess/memory/*")
	verdict := Conditional
	if !one.all("valid") || open.least(availability) < 0.9 {
		verdict = Refuted
	} else if open.most(policyOvershoot) == 0 && three.all("valid") {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Allowing on errors answered %s of all requests within 100 ms in the worst of %d outages, and admitted up to %s of the limit too much; "+
		"a fallback in memory up to %s. Memory without Redis admitted %s with one process, and %s with 3.", percent(open.least(availability)), len(open),
		percent(open.most(policyOvershoot)), percent(local.most(policyOvershoot)), permitted(one.most(timesPermitted)), permitted(three.most(timesPermitted))), overview(outage)}
}

func milliseconds(e *Evidence) Ruling {
	at := func(experiment, pattern string) float64 {
		return e.median(e.cells(experiment, pattern), "response time", p50) / 1000
	}
	within := func(ms, least, most float64) bool { return ms >= least && ms <= most }
	here, memory := at(baseline, "baseline/*/fixedwindow/lua/*"), at(baseline, "baseline/*/inprocess/memory/*")
	var said, holds []string
	for _, delay := range []string{"1", "5", "10"} {
		away := at(delayed, "network-delay."+delay+"/*/fixedwindow/lua/*")
		said = append(said, fmt.Sprintf("%.3g ms where a trip takes %s ms more", away, delay))
		if within(away, 5, 10) {
			holds = append(holds, delay+" ms")
		}
	}
	// 0.1 is a number of one digit: what would be rounded to it.
	inMemory := within(memory, 0.05, 0.15)
	return Ruling{of(within(here, 1, 2), len(holds) > 0, inMemory), fmt.Sprintf("p50 of one script: %.2g ms beside the server (claimed: 1-2), and %.2g ms in memory (0.1). "+
		"On a network: %s; the claimed 5-10 hold at %s.", here, memory, strings.Join(said, ", "), cmp.Or(strings.Join(holds, " and "), "none of these")), overview(delayed)}
}

func sameLimit(e *Evidence) Ruling {
	count := func(technique string) (valid, all int, times float64) {
		for _, algorithm := range []string{"fixedwindow", "slidinglog", "tokenbucket", "gcra"} {
			g := e.cells(processes, "multi-instance.10/*/"+algorithm+"/"+technique+"/*")
			valid, all, times = valid+g.count("valid"), all+len(g), max(times, g.most(timesPermitted))
		}
		return valid, all, times
	}
	lua, of, _ := count("lua")
	multi, ofMulti, _ := count("multi")
	naive, ofNaive, times := count("naive")
	verdict := Conditional
	if lua < of || multi < ofMulti {
		verdict = Refuted
	} else if naive == ofNaive {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("With 10 processes: scripts valid in %d of %d trials, transactions with WATCH in %d of %d; who reads and writes in separate trips in %d of %d, "+
		"admitting up to %.3g times the limit.", lua, of, multi, ofMulti, naive, ofNaive, times), overview(processes)}
}

func watched(e *Evidence) Ruling {
	run, told := e.trials(concurrent, "concurrent/*/*/*/*"), e.metrics(concurrent)
	keys, users := told["rlbench_limiter_keys"], told["rlbench_most_limited_keys"]
	blocked, timed := told["rlbench_blocked_total"], told["rlbench_decision_seconds_count"]
	return Ruling{of(keys > 0, users > 0, blocked > 0, timed > 0), fmt.Sprintf("Asked while it went on, a run of %d trials told Prometheus of %.0f limiter keys in use, %.0f denials of the most limited users, "+
		"%.0f blocked requests and the latency of %.0f decisions (`--metrics`).", len(run), keys, users, blocked, timed), concurrent + "/" + MetricsFile}
}
