package claims

import (
	"fmt"
	"strings"
)

// patterns is the fifth document: patterns of using Redis.
func patterns() []Claim {
	return []Claim{
		{"4.1", "GET, compare, INCR and EXPIRE in one script, with the client's minute in the key, is atomic and so exact.",
			[]string{explorer, skewed, paced}, Conditional, luaBucket},
		{"4.2", "GET, then INCR, then EXPIRE lets concurrent requests pass.",
			[]string{concurrent}, Confirmed, naivePasses},
		{"4.3", "500 concurrent requests per second never exceed the threshold.",
			[]string{paced, concurrent, skewed}, Conditional, neverExceeds},
		{"4.4", "SETEX, then GET and EXPIRE on read, is a session without races.",
			[]string{explorer}, Refuted, session},
		{"4.5", "Writing the database, then DEL of the cached row, keeps the cache right.",
			[]string{explorer}, Refuted, cacheAside},
		{"4.6", "maxmemory with allkeys-lru is the right setting.",
			[]string{evicted}, Refuted, eviction},
		{"4.7", "Reads can be scaled out to replicas.",
			[]string{replicas}, Conditional, replicaReads},
		{"4.8", "A connection per request exhausts the server; a pool is needed.",
			[]string{pooled}, Confirmed, pooling},
		{"4.9", "Pipelining cuts latency by 60 to 80 % under load.",
			[]string{pipelined}, Refuted, pipelining},
		{"4.10", "KEYS blocks the event loop; SCAN does not.",
			[]string{slow}, Confirmed, keysAndScan},
		{"4.11", "A single node is a single point of failure; Sentinel, or a Cluster of 3 + 3, with AOF every second, is the cure.",
			[]string{failover, restart}, Conditional, singleNode},
		{"4.12", "Every key must have a TTL.",
			[]string{explorer, concurrent}, Confirmed, everyTTL},
	}
}

func luaBucket(e *Evidence) Ruling {
	d := e.explored(explorer)
	skew := e.must(d, "fixedwindow-lua-bucket/clock-skew-overshoot")
	together := append(e.cells(skewed, "clock-skew.0/*/fixedwindow/lua-bucket/*"), e.cells(paced, "concurrent/*/fixedwindow/lua-bucket/*")...)
	apart := e.cells(skewed, "clock-skew.*/*/fixedwindow/lua-bucket/*")
	server := e.cells(skewed, "clock-skew.*/*/fixedwindow/lua-bucket-time/*")
	verdict := Conditional
	if apart.most(overshoot) == 0 {
		verdict = Confirmed
	} else if together.most(overshoot) > 0 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("If all clients have one clock: %s over the limit then, in %d trials, and up to %s with one clock off by up to two windows; with the server's TIME instead %s. "+
		"Shown in %s. The TTL was 1 s for buckets of 0.25 and 0.5 s, which does no harm; a limit for another time than the bucket's was not tried.", percent(together.most(overshoot)), len(together), percent(apart.most(overshoot)),
		percent(server.most(overshoot)), share(skew)), page(explorer, "fixedwindow-lua-bucket/clock-skew-overshoot")}
}

func naivePasses(e *Evidence) Ruling {
	naive, lua := e.cells(concurrent, "concurrent/*/fixedwindow/naive/*"), e.cells(concurrent, "concurrent/*/fixedwindow/lua/*")
	verdict := Refuted
	if naive.all("invalid") && lua.all("valid") {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Up to %s of the limit admitted beyond it, behind each of %d clients; one script: %s.", percent(naive.most(overshoot)), naive.drivers(), percent(lua.most(overshoot))), summary(concurrent)}
}

func neverExceeds(e *Evidence) Ruling {
	slow, fast := e.cells(paced, "concurrent/*/fixedwindow/lua*/*"), e.cells(concurrent, "concurrent/*/*/lua/*")
	naive := e.cells(paced, "concurrent/*/fixedwindow/naive/*")
	apart := e.cells(skewed, "clock-skew.*/*/fixedwindow/lua-bucket/*")
	verdict := Conditional
	if slow.most(certain)+fast.most(certain) > 0 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("With one script: 0 over the limit in %d trials around 500 per second and %d at three times that with bursts. Without one, +%s; and with clocks that differ, +%s (4.1).",
		len(slow), len(fast), percent(naive.most(overshoot)), percent(apart.most(overshoot))), summary(paced)}
}

func session(e *Evidence) Ruling {
	d := e.explored(explorer)
	touch, logout := e.must(d, "session-get-expire/promise"), e.must(d, "session-get-setex/promise")
	verdict := Refuted
	if broken(d, "session-getex/promise") != nil || broken(d, "session-set-xx/promise") != nil {
		verdict = Unknown
	}
	return Ruling{verdict, fmt.Sprintf("The session may expire between GET and EXPIRE, and the reader goes on with one that is gone: %s. Stored again after the read, it comes back after a logout: %s. "+
		"GETEX and SET XX break in no schedule in which the server keeps its keys.", share(touch), share(logout)), page(explorer, "session-get-expire/promise")}
}

func cacheAside(e *Evidence) Ruling {
	d := e.explored(explorer)
	stale := e.must(d, "cacheaside-delete/promise")
	verdict := Refuted
	if broken(d, "cacheaside-lease/promise") != nil {
		verdict = Unknown
	}
	return Ruling{verdict, fmt.Sprintf("A reader that has read the row before the write caches it after the DEL, and the old value stays until it expires: %s. With a lease there is no such schedule, as long as the server keeps its keys.", share(stale)),
		page(explorer, "cacheaside-delete/promise")}
}

func eviction(e *Evidence) Ruling {
	under := func(policy string) group { return e.cells(evicted, "eviction."+policy+"/*/*/lua/*") }
	var said []string
	for _, policy := range []string{"allkeys-lru", "allkeys-random", "allkeys-lfu", "volatile-lru", "volatile-random", "volatile-ttl", "volatile-lfu"} {
		said = append(said, policy+" "+percent(under(policy).most(overshoot)))
	}
	none := under("noeviction")
	verdict := Confirmed
	if under("allkeys-lru").most(overshoot) > 0 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("Not for limiters: a key that is evicted is a limit that starts again. Up to so much of the limit was admitted beyond it: %s; noeviction %s, and %s of all requests refused, because memory was full.",
		strings.Join(said, ", "), percent(none.most(overshoot)), percent(none.sum(unanswered)/max(1, none.sum(requests)))), summary(evicted)}
}

func replicaReads(e *Evidence) Ruling {
	naive, lua := e.cells(replicas, "replica-reads/*/*/naive/*"), e.cells(replicas, "replica-reads/*/*/lua/*")
	verdict := Conditional
	if naive.most(overshoot) == 0 {
		verdict = Confirmed
	} else if lua.most(overshoot) > 0 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("Not those that decide: who decides by a replica that was cut off for 6.5 s admitted up to %s of the limit too much; scripts, which go to the primary all the same, %s.",
		percent(naive.most(overshoot)), percent(lua.most(overshoot))), summary(replicas)}
}

func pooling(e *Evidence) Ruling {
	pool, none := e.cells(pooled, "saturate/*/fixedwindow/lua/redigo"), e.cells(pooled, "saturate/*/fixedwindow/lua/redigo/unpooled")
	perDecision := func(g group) float64 { return e.sum(g, "connections", connectionsOpened) / max(1, g.sum(requests)) }
	slower := e.median(pool, "throughput", throughput) / max(1, e.median(none, "throughput", throughput))
	verdict := Refuted
	if perDecision(none) > 0.99 && slower > 1 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Connections opened per decision: %.3g without a pool, %.2g with one. Throughput with a pool was %.2g times as high, server CPU per decision %.0f instead of %.0f µs.",
		perDecision(none), perDecision(pool), slower, e.median(pool, "server CPU", serverCPU), e.median(none, "server CPU", serverCPU)), summary(pooled)}
}

func pipelining(e *Evidence) Ruling {
	var said []string
	within := 0
	drivers := []string{"goredis", "rueidis"}
	for _, driver := range drivers {
		of := func(client string) float64 {
			return e.median(e.cells(pipelined, "saturate/*/fixedwindow/lua/"+driver+"/"+client), "response time", p50)
		}
		cut := 1 - of("pipelined")/max(1, of("unpipelined"))
		if cut >= 0.6 && cut <= 0.8 {
			within++
		}
		said = append(said, fmt.Sprintf("%s from %s to %s (-%s)", driver, ms(of("unpipelined")), ms(of("pipelined")), percent(cut)))
	}
	verdict := Conditional
	if within == len(drivers) {
		verdict = Confirmed
	} else if within == 0 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("By so much behind %d of %d clients that pipeline by themselves. p50 of 64 workers that saturate a server on the same machine: %s.", within, len(drivers), strings.Join(said, ", ")), summary(pipelined)}
}

func keysAndScan(e *Evidence) Ruling {
	keys, scan := e.cells(slow, "slow-command.keys/*/*/lua/*"), e.cells(slow, "slow-command.scan/*/*/lua/*")
	verdict := Refuted
	if least, most := keys.least(slowest), scan.most(known(slowest)); least > most {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Over half a million keys: the slowest decision took %s to %s while KEYS ran, and %s at most while SCAN did. No limit was exceeded.",
		ms(keys.least(slowest)), ms(keys.most(known(slowest))), ms(scan.most(known(slowest)))), summary(slow)}
}

func singleNode(e *Evidence) Ruling {
	on := func(topology string) group { return e.cells(failover, "failover/"+topology+"/*/lua/*") }
	alone, sentinel, cluster := on("standalone"), on("sentinel"), on("cluster")
	crash, power := e.cells(restart, "restart.crash-aof-everysec/*/*/lua/*"), e.cells(restart, "restart.power-loss-aof-everysec/*/*/lua/*")
	away := func(g group) float64 { return e.median(g, "recovery", recovery) / 1000 }
	forgot := func(g group) float64 { return e.most(g, "lost admissions", lost) }
	verdict := Conditional
	if max(forgot(sentinel), forgot(cluster)) >= forgot(alone) {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("A killed primary that stands alone forgot up to %.0f admissions; under Sentinel %.0f, in a Cluster %.0f, which answered again after %.1f and %.1f s. A partition forgets more, which WAIT prevents and min-replicas-to-write bounds (README). "+
		"With AOF every second a crash forgot %.0f at most and a loss of power %.0f.", forgot(alone), forgot(sentinel), forgot(cluster), away(sentinel), away(cluster), forgot(crash), forgot(power)), summary(failover)}
}

func everyTTL(e *Evidence) Ruling {
	death := e.must(e.explored(explorer), "fixedwindow-incr-expire/client-death-key-without-ttl")
	all := e.cells(concurrent, "concurrent/*/*/*/*")
	left := e.sum(all, "keys without TTL", withoutTTL)
	verdict := Confirmed
	if left > 0 {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("A counter without one locks its user out for ever: INCR, then EXPIRE leaves one where a client dies between them (%s). "+
		"After %d trials %.0f keys without TTL were left by the limiters here, and a cell with any is invalid.", share(death), len(all), left),
		page(explorer, "fixedwindow-incr-expire/client-death-key-without-ttl")}
}
