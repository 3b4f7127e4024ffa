package claims

import (
	"fmt"
	"strings"
)

// outages is the fourth document: what to do when Redis does not answer.
func outages() []Claim {
	return []Claim{
		{"3.1", "With Redis down fail-closed blocks everyone and fail-open admits all; a fallback in memory with a cool-down is the fix.",
			[]string{outage}, Conditional, whenDown},
		{"3.2", "The causes are a server that is not running, a partition, maxclients, a changed password, an unhandled error and a client that does not reconnect.",
			[]string{outage}, Conditional, causes},
		{"3.3", "Reconnecting with back-off, 3 retries per request and queueing while offline keep a limiter working.",
			[]string{stall, outage}, Conditional, retries},
	}
}

func whenDown(e *Evidence) Ruling {
	var said []string
	for _, policy := range []string{"fail-closed", "breaker", "fail-open", "fail-local", "fail-sql"} {
		g := e.cells(outage, "outage.*/*/gcra/lua/*/"+policy)
		said = append(said, fmt.Sprintf("%s %s answered, +%s", policy, percent(e.median(g, "availability", availability)), percent(g.most(policyOvershoot))))
	}
	return Ruling{Conditional, "Medians of the requests answered in 100 ms over five outages of 3 s and three clients, and the most admitted beyond the contract: " + strings.Join(said, "; ") +
		". The fallback in memory is the fix if up to one more limit per process and outage may pass: its bound is (1 + k) times the contract's for k processes, (2 + k) if Redis comes back empty.",
		summary(outage)}
}

func causes(e *Evidence) Ruling {
	var said []string
	back := true
	for _, fault := range []string{"stop", "pause", "cut-clients", "maxclients", "password"} {
		g := e.cells(outage, "outage."+fault+"/*/gcra/lua/*")
		for _, c := range g {
			back = back && c.RecoveryMS != nil
		}
		said = append(said, fmt.Sprintf("%s noticed after %.0f ms (%s), answered again %.1f s after it began", fault, e.median(g, "detection", detection),
			strings.Join(g.errors(), ", "), e.median(g, "recovery", recovery)/1000))
	}
	verdict := Conditional
	if !back {
		verdict = Confirmed
	}
	return Ruling{verdict, "Each was made to happen to all three clients for 3 s, medians: " + strings.Join(said, "; ") +
		". All of them take a limiter away; all three clients reconnect by themselves, so that the last cause is none of theirs.", summary(outage)}
}

func retries(e *Evidence) Ruling {
	at := func(driver, client string) group {
		name := "stall/*/gcra/lua/" + driver
		if client != "bounded" {
			name += "/" + client
		}
		return e.cells(stall, name)
	}
	shipped, none := at("goredis", "default"), at("goredis", "no-retries")
	others := append(at("rueidis", "default"), at("redigo", "default")...)
	verdict := Conditional
	if shipped.most(doubled) == 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Reconnecting does; retries charge twice. In a stall of 6.5 s go-redis as it ships ran %.0f steps on the server that no caller asked for, with no retries %.0f; "+
		"rueidis and redigo, which repeat no script, %.0f. Waiting for the server instead of failing kept all callers waiting: %s answered in 100 ms.", shipped.most(doubled), none.most(doubled),
		others.most(doubled), percent(e.median(shipped, "availability", availability))), summary(stall)}
}
