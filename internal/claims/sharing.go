package claims

import "fmt"

// sharing is the second document: from memory to Redis.
func sharing() []Claim {
	return []Claim{
		{"1.1", "A limiter in the memory of each of 3 instances admits 3 times the limit.",
			[]string{processes}, Confirmed, inMemory},
		{"1.2", "MULTI{INCR, TTL}, then EXPIRE of int(period) + 1 s where the count is 1 or there is no TTL, is atomic, and the window is the period.",
			[]string{explorer, named}, Refuted, multiTTL},
		{"1.3", "On any error of Redis the request is allowed; without Redis the limiter in memory is as good.",
			[]string{outage, processes}, Conditional, allowOnError},
		{"1.4", "A decision takes 1-2 ms on a local Redis, 5-10 ms on a remote one, and 0.1 ms in memory.",
			[]string{baseline, delayed}, Conditional, milliseconds},
		{"1.5", "On Redis the limit is the same on all instances, however many there are.",
			[]string{processes}, Conditional, sameLimit},
		{"1.6", "The number of limiter keys, the most limited users, what was blocked and the latency of decisions can be watched.",
			[]string{concurrent}, Confirmed, watched},
	}
}

func inMemory(e *Evidence) Ruling {
	three := e.cells(processes, "multi-instance.3/*/inprocess/memory/*")
	ten := e.cells(processes, "multi-instance.10/*/inprocess/memory/*")
	verdict := Refuted
	if times := three.most(timesPermitted); times > 2.9 && times < 3.1 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("3 processes admitted %.3g times what one limit permits, 10 processes %.3g times.",
		three.most(timesPermitted), ten.most(timesPermitted)), summary(processes)}
}

func multiTTL(e *Evidence) Ruling {
	d := e.explored(explorer)
	longer := e.must(d, "fixedwindow-multi-ttl/false-rejection")
	death := e.must(d, "fixedwindow-multi-ttl/client-death-key-without-ttl")
	e.intact(d, "fixedwindow-multi-ttl/overshoot")
	under := e.cells(named, "concurrent/*/fixedwindow/multi-ttl/*")
	return Ruling{Refuted, fmt.Sprintf("It admits too much in no schedule without faults of the server, but the decision is two trips: a client that dies between them leaves a counter without TTL until the next request mends it "+
		"(the shortest in %s). The window is a second longer than the period, and with it requests are denied that are due: %s; under load %.0f of %.0f denials were false for certain.",
		steps(death.Steps), share(longer), e.sum(under, "false rejections", falseRejections), under.sum(denied)), page(explorer, "fixedwindow-multi-ttl/false-rejection")}
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
	return Ruling{verdict, fmt.Sprintf("Allowing on errors answered %s of all requests within 100 ms in the worst of five kinds of outage, and admitted up to %s of the limit too much; "+
		"a fallback in memory up to %s. Memory is as good as Redis for one process; 3 admit %.3g times as much.", percent(open.least(availability)), percent(open.most(policyOvershoot)),
		percent(local.most(policyOvershoot)), three.most(timesPermitted)), summary(outage)}
}

func milliseconds(e *Evidence) Ruling {
	at := func(experiment, pattern string) float64 {
		return e.median(e.cells(experiment, pattern), "response time", p50) / 1000
	}
	here, memory := at(baseline, "baseline/*/fixedwindow/lua/*"), at(baseline, "baseline/*/inprocess/memory/*")
	one, ten := at(delayed, "network-delay.1/*/fixedwindow/lua/*"), at(delayed, "network-delay.10/*/fixedwindow/lua/*")
	multi := at(delayed, "network-delay.10/*/fixedwindow/multi/*")
	verdict := Conditional
	if here > 2 || memory > 0.1 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("p50 of one script: %.2g ms beside the server (claimed: 1-2); %.3g ms where a round trip takes 1 ms more, %.3g ms where it takes 10; "+
		"%.2g ms in memory. What decides is the number of trips: a transaction with WATCH took %.3g ms at 10 ms a trip.", here, one, ten, memory, multi), summary(delayed)}
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
		"admitting up to %.3g times the limit.", lua, of, multi, ofMulti, naive, ofNaive, times), summary(processes)}
}

func watched(e *Evidence) Ruling {
	run, scrape := e.trials(concurrent, "concurrent/*/*/*/*"), e.metrics(concurrent)
	for _, name := range []string{"rlbench_limiter_keys", "rlbench_most_limited_keys", "rlbench_blocked_total", "rlbench_decision_seconds_bucket"} {
		if !scrape[name] {
			e.miss("the run did not serve %s", name)
		}
	}
	return Ruling{Confirmed, fmt.Sprintf("A running benchmark serves all four to Prometheus (`rlbench run --metrics 127.0.0.1:9464`): "+
		"`rlbench_limiter_keys`, `rlbench_most_limited_keys`, `rlbench_blocked_total` and the histogram `rlbench_decision_seconds`; a run of %d trials was asked for them while it went on.", len(run)), summary(concurrent)}
}
