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
	answered, beyond := map[string]float64{}, map[string]float64{}
	for _, policy := range []string{"fail-closed", "breaker", "fail-open", "fail-local", "fail-sql"} {
		g := e.cells(outage, "outage.*/*/gcra/lua/*/"+policy)
		answered[policy], beyond[policy] = e.median(g, "availability", availability), g.most(policyOvershoot)
		said = append(said, fmt.Sprintf("%s %s answered, +%s", policy, percent(answered[policy]), percent(beyond[policy])))
	}
	verdict := Conditional
	if beyond["fail-closed"] > 0 || beyond["fail-open"] <= beyond["fail-local"] || answered["fail-local"] <= answered["fail-closed"] {
		verdict = Refuted
	} else if beyond["fail-local"] == 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, "Medians of the requests answered within 100 ms over five outages of 3 s and three clients, and the most admitted beyond the contract: " + strings.Join(said, "; ") +
		". The fallback in memory is the fix if each process may admit as much again as the contract lets through: its bound is (1 + k) times the contract's for k processes, (2 + k) if Redis comes back empty.",
		summary(outage)}
}

func causes(e *Evidence) Ruling {
	var said []string
	back, all := 0, group(nil)
	for _, fault := range []string{"stop", "pause", "cut-clients", "maxclients", "password"} {
		g := e.cells(outage, "outage."+fault+"/*/gcra/lua/*")
		back, all = back+g.recovered(), append(all, g...)
		said = append(said, fmt.Sprintf("%s noticed after %.0f ms (%s), answered again %.1f s after it began", fault, e.median(g, "detection", detection),
			strings.Join(g.errors(), ", "), e.median(g, "recovery", recovery)/1000))
	}
	verdict := Conditional
	if back < len(all) {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Each was made to happen to all three clients for 3 s, medians: %s. All of them take a limiter away: where nobody handles the error, %s of all requests were answered within 100 ms. "+
		"After %d of %d outages the client had reconnected by itself.", strings.Join(said, "; "), percent(e.median(all, "availability", availability)), back, len(all)), summary(outage)}
}

func retries(e *Evidence) Ruling {
	at := func(driver, client string) group {
		name := "stall/*/gcra/lua/" + driver
		if client != "bounded" {
			name += "/" + client
		}
		return e.cells(stall, name)
	}
	shipped, none, bounded := at("goredis", "default"), at("goredis", "no-retries"), at("goredis", "bounded")
	others := append(at("rueidis", "default"), at("redigo", "default")...)
	twice := func(g group) float64 { return e.most(g, "steps", doubled) }
	after := e.cells(outage, "outage.*/*/gcra/lua/*")
	verdict := Conditional
	if after.recovered() < len(after) {
		verdict = Refuted
	} else if twice(shipped) == 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Reconnecting does, after %d of %d outages; retries charge twice. In a stall of 6.5 s go-redis as it ships ran %.0f steps on the server that no caller asked for, "+
		"with no retries %.0f; rueidis and redigo, which repeat no script, %.0f. Queueing fails nobody and keeps all waiting: as go-redis ships %.0f requests ended in an error and %s were answered within 100 ms, with bounded timeouts %.0f and %s.",
		after.recovered(), len(after), twice(shipped), twice(none), twice(others), shipped.sum(unanswered), percent(e.median(shipped, "availability", availability)),
		bounded.sum(unanswered), percent(e.median(bounded, "availability", availability))), summary(stall)}
}
