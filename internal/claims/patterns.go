package claims

import (
	"fmt"
	"strings"
)

// patterns is the fifth document: patterns of using Redis.
func patterns() []Claim {
	return []Claim{
		{"4.1", "GET, compare, INCR and EXPIRE in one script, with the client's minute in the key, is atomic and so exact.",
			[]string{explorer, skewed, paced}, "run --scenario clock-skew.100 --algorithm fixedwindow --technique lua-bucket,lua-bucket-time --driver goredis", Conditional, luaBucket},
		{"4.2", "GET, then INCR, then EXPIRE lets concurrent requests pass.",
			[]string{concurrent}, "run --scenario concurrent --algorithm fixedwindow --technique naive,lua --driver goredis", Confirmed, naivePasses},
		{"4.3", "500 concurrent requests per second never exceed the threshold.",
			[]string{paced, concurrent, skewed}, "run --scenario concurrent --rate 500 --algorithm fixedwindow --technique naive,lua --driver goredis", Conditional, neverExceeds},
		{"4.4", "SETEX, then GET and EXPIRE on read, is a session without races.",
			[]string{explorer}, "explore --algorithm session --confirm", Refuted, session},
		{"4.5", "Writing the database, then DEL of the cached row, keeps the cache right.",
			[]string{explorer}, "explore --algorithm cacheaside --confirm", Refuted, cacheAside},
		{"4.6", "maxmemory with allkeys-lru is the right setting.",
			[]string{evicted}, "run --scenario eviction.allkeys-lru,eviction.noeviction --technique lua --driver goredis", Refuted, eviction},
		{"4.7", "Reads can be scaled out to replicas.",
			[]string{replicas}, "run --scenario replica-reads --topology sentinel --algorithm gcra --technique naive,lua --driver goredis", Conditional, replicaReads},
		{"4.8", "A connection per request exhausts the server; a pool is needed.",
			[]string{pooled}, "run --scenario saturate --algorithm fixedwindow --technique lua --driver redigo --client bounded,unpooled --workers 8 --duration 500ms", Conditional, pooling},
		{"4.9", "Pipelining cuts latency by 60 to 80 % under load.",
			[]string{pipelined, farther}, "run --scenario saturate --algorithm fixedwindow --technique lua --driver goredis --client pipelined,unpipelined --duration 500ms", Refuted, pipelining},
		{"4.10", "KEYS blocks the event loop; SCAN does not.",
			[]string{slow}, "run --scenario slow-command --algorithm gcra --technique lua --driver goredis", Confirmed, keysAndScan},
		{"4.11", "A single node is a single point of failure; Sentinel, or a Cluster of 3 + 3, with AOF every second, is the cure.",
			[]string{failover, restart, cut, cutWait, cutMin}, "run --scenario failover --topology standalone,sentinel --algorithm gcra --technique lua --driver goredis", Conditional, singleNode},
		{"4.12", "Every key must have a TTL.",
			[]string{explorer, concurrent}, "explore --algorithm fixedwindow --technique incr-expire --scenario death --confirm", Confirmed, everyTTL},
	}
}

// apart are the cells of a technique with one clock of two off, by either way and any step.
func apart(e *Evidence, technique string) group {
	return e.cells(skewed, "clock-skew.*/*/fixedwindow/"+technique+"/*")
}

func luaBucket(e *Evidence) Ruling {
	skew := broken(e.explored(explorer), "fixedwindow-lua-bucket/clock-skew-overshoot")
	together := append(e.cells(skewed, "clock-skew.0/*/fixedwindow/lua-bucket/*"), e.cells(paced, "concurrent/*/fixedwindow/lua-bucket/*")...)
	off, server := apart(e, "lua-bucket"), apart(e, "lua-bucket-time")
	return Ruling{of(together.most(overshoot) == 0, off.most(overshoot) == 0 && skew == nil), fmt.Sprintf("With one clock for all clients it admitted %s, in %d trials; with one clock off by up to two windows %s, and too much in %s. "+
		"By the server's TIME instead it admitted %s. The key lived 1 s for buckets of 0.25 and 0.5 s; a bucket longer than its key's life was not tried.",
		permitted(together.most(timesPermitted)), len(together), permitted(off.most(timesPermitted)), share(skew), permitted(server.most(timesPermitted))), explained(skew)}
}

func naivePasses(e *Evidence) Ruling {
	naive, lua := e.cells(concurrent, "concurrent/*/fixedwindow/naive/*"), e.cells(concurrent, "concurrent/*/fixedwindow/lua/*")
	return Ruling{of(naive.all("invalid") && lua.all("valid")), fmt.Sprintf("Up to %s of the limit admitted beyond it; invalid in %d of %d trials, behind %d clients. One script: %s.",
		percent(naive.most(overshoot)), naive.count("invalid"), len(naive), naive.drivers(), percent(lua.most(overshoot))), overview(concurrent)}
}

func neverExceeds(e *Evidence) Ruling {
	around, bursts := e.cells(paced, "concurrent/*/fixedwindow/lua*/*"), e.cells(concurrent, "concurrent/*/*/lua/*")
	naive, off := e.cells(paced, "concurrent/*/fixedwindow/naive/*"), apart(e, "lua-bucket")
	script := around.most(certain) + bursts.most(certain)
	verdict := of(script == 0, naive.most(overshoot) == 0 && off.most(overshoot) == 0)
	if script > 0 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("With one script %.0f were admitted over the limit, in %d trials around 500 per second and %d at three times that with bursts. Without one up to %s of the limit beyond it; "+
		"and with one clock off %s (4.1).", script, len(around), len(bursts), percent(naive.most(overshoot)), permitted(off.most(timesPermitted))), overview(paced)}
}

func session(e *Evidence) Ruling {
	d := e.explored(explorer)
	touch, logout := broken(d, "session-get-expire/promise"), broken(d, "session-get-setex/promise")
	fixed := broken(d, "session-getex/promise", "session-set-xx/promise")
	return Ruling{of(touch == nil && logout == nil), fmt.Sprintf("The session expires between GET and EXPIRE, and the reader goes on with one that is gone, in %s. Stored again after the read, it comes back after a logout in %s. "+
		"GETEX or SET XX break in %s while the server keeps its keys.", share(touch), share(logout), share(fixed)), explained(touch, logout)}
}

func cacheAside(e *Evidence) Ruling {
	d := e.explored(explorer)
	stale, lease := broken(d, "cacheaside-delete/promise"), broken(d, "cacheaside-lease/promise")
	return Ruling{of(stale == nil), fmt.Sprintf("A reader that has read the row before the write caches it after the DEL, and the old value stays until it expires, in %s. With a lease that happens in %s while the server keeps its keys.",
		share(stale), share(lease)), explained(stale)}
}

func eviction(e *Evidence) Ruling {
	under := func(policy string) group { return e.cells(evicted, "eviction."+policy+"/*/*/lua/*") }
	var said []string
	for _, policy := range []string{"allkeys-lru", "allkeys-random", "allkeys-lfu", "volatile-lru", "volatile-random", "volatile-ttl", "volatile-lfu", "noeviction"} {
		said = append(said, policy+" "+percent(under(policy).most(overshoot)))
	}
	lru, none := under("allkeys-lru"), under("noeviction")
	return Ruling{of(lru.most(overshoot) == 0), fmt.Sprintf("The server gave up keys of a limiter up to %.0f times under allkeys-lru, and each is a limit that starts again. Up to so much of the limit was admitted beyond it: %s. "+
		"With noeviction up to %s of a limiter's requests were refused, because memory was full.",
		lru.most(known(evictions)), strings.Join(said, ", "), percent(none.most(unansweredShare))), overview(evicted)}
}

func replicaReads(e *Evidence) Ruling {
	naive, lua := e.cells(replicas, "replica-reads/*/*/naive/*"), e.cells(replicas, "replica-reads/*/*/lua/*")
	return Ruling{of(naive.most(overshoot) == 0, lua.most(overshoot) == 0), fmt.Sprintf("Who decides by what a replica says admitted up to %s of the limit too much while that was cut off for %.3g s; scripts, which go to the primary all the same, %s.",
		percent(naive.most(overshoot)), naive.most(known(lasted))/1000, percent(lua.most(overshoot))), overview(replicas)}
}

func pooling(e *Evidence) Ruling {
	pool, none := e.cells(pooled, "saturate/*/fixedwindow/lua/redigo"), e.cells(pooled, "saturate/*/fixedwindow/lua/redigo/unpooled")
	perDecision := func(g group) float64 { return e.sum(g, "connections", connectionsOpened) / max(1, g.sum(requests)) }
	faster := e.median(pool, "throughput", throughput) / max(1, e.median(none, "throughput", throughput))
	exhausts := none.sum(unanswered) > 0 && pool.sum(unanswered) == 0
	needed := perDecision(none) > 0.99 && perDecision(pool) < 0.01 && faster > 1
	return Ruling{of(exhausts, needed), fmt.Sprintf("Connections opened per decision: %.3g without a pool, %.2g with one. A server that is exhausted refuses: it refused %.0f of %.0f requests without a pool, and %.0f of %.0f with one. "+
		"The pool decided %.2g times as many per second, at %.0f instead of %.0f µs of server CPU each.",
		perDecision(none), perDecision(pool), none.sum(unanswered), none.sum(requests), pool.sum(unanswered), pool.sum(requests),
		faster, e.median(pool, "server CPU", serverCPU), e.median(none, "server CPU", serverCPU)), overview(pooled)}
}

func pipelining(e *Evidence) Ruling {
	var said []string
	var within []bool
	for _, at := range []struct{ experiment, scenario, where string }{
		{pipelined, "saturate", "64 workers that saturate a server on the same machine"},
		{farther, "network-delay.1", "8000 requests per second where a trip takes 1 ms more"},
	} {
		var changes []string
		for _, driver := range []string{"goredis", "rueidis"} {
			took := func(client string) float64 {
				return e.median(e.cells(at.experiment, at.scenario+"/*/fixedwindow/lua/"+driver+"/"+client), "response time", p50)
			}
			before, after := took("unpipelined"), took("pipelined")
			cut := 1 - after/max(1, before)
			within = append(within, cut >= 0.6 && cut <= 0.8)
			changes = append(changes, fmt.Sprintf("%s from %s to %s (%s)", driver, ms(before), ms(after), changed(before, after)))
		}
		said = append(said, at.where+": "+strings.Join(changes, ", "))
	}
	return Ruling{of(within...), fmt.Sprintf("p50 without and with automatic pipelining. %s.", strings.Join(said, "; ")), overview(pipelined)}
}

func keysAndScan(e *Evidence) Ruling {
	keys, scan := e.cells(slow, "slow-command.keys/*/*/lua/*"), e.cells(slow, "slow-command.scan/*/*/lua/*")
	both := append(keys[:len(keys):len(keys)], scan...)
	return Ruling{of(keys.least(slowest) > scan.most(known(slowest))), fmt.Sprintf("Over half a million keys: the slowest decision took %s to %s while KEYS ran, and %s at most while SCAN did. %.0f were admitted over the limit.",
		ms(keys.least(slowest)), ms(keys.most(known(slowest))), ms(scan.most(known(slowest))), both.sum(certain)), overview(slow)}
}

func singleNode(e *Evidence) Ruling {
	on := func(topology string) group { return e.cells(failover, "failover/"+topology+"/*/lua/*") }
	alone, sentinel, cluster := on("standalone"), on("sentinel"), on("cluster")
	forgot := func(g group) float64 { return e.most(g, "lost admissions", lost) }
	worst := func(experiment, scenario string) float64 { return forgot(e.cells(experiment, scenario+"/*/*/lua/*")) }
	away := func(g group) float64 { return e.median(g, "recovery", recovery) / 1000 }
	crash, power := worst(restart, "restart.crash-aof-everysec"), worst(restart, "restart.power-loss-aof-everysec")
	parted, waited, replicated := worst(cut, "partition"), worst(cutWait, "partition"), worst(cutMin, "partition")
	verdict := of(max(forgot(sentinel), forgot(cluster)) < forgot(alone), max(parted, power, crash) == 0)
	if max(forgot(sentinel), forgot(cluster)) >= forgot(alone) {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("A killed primary that stands alone forgot up to %.0f admissions; under Sentinel %.0f, in a Cluster %.0f, which answered again after %.1f and %.1f s. "+
		"A partition under Sentinel forgot up to %.0f; with WAIT 1 %.0f, with min-replicas-to-write 1 %.0f. With AOF every second a crash forgot up to %.0f, a loss of power %.0f.",
		forgot(alone), forgot(sentinel), forgot(cluster), away(sentinel), away(cluster), parted, waited, replicated, crash, power), overview(failover)}
}

func everyTTL(e *Evidence) Ruling {
	death := broken(e.explored(explorer), "fixedwindow-incr-expire/client-death-key-without-ttl")
	all := e.cells(concurrent, "concurrent/*/*/*/*")
	left := e.sum(all, "keys without TTL", withoutTTL)
	return Ruling{of(death != nil && left == 0), fmt.Sprintf("A counter without one locks its user out for ever; INCR, then EXPIRE leaves one where a client dies between them, in %s. "+
		"After %d trials the limiters here had left %.0f keys without TTL.", share(death), len(all), left), explained(death)}
}
