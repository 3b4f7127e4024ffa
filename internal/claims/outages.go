package claims

import (
	"fmt"
	"strings"
)

// outages is the fourth document: what to do when Redis does not answer.
func outages() []Claim {
	return []Claim{
		{"3.1", "With Redis down fail-closed blocks everyone and fail-open admits all; a fallback in memory with a cool-down is the fix.",
			[]string{outage}, "run --scenario outage.stop --algorithm gcra --technique lua --driver goredis --policy all", Conditional, whenDown},
		{"3.2", "The causes are a server that is not running, a partition, maxclients, a changed password, an unhandled error and a client that does not reconnect.",
			[]string{outage}, "run --scenario outage --algorithm gcra --technique lua --driver redigo --policy none,fail-local", Conditional, causes},
		{"3.3", "Reconnecting with back-off, 3 retries per request and queueing while offline keep a limiter working.",
			[]string{stall, outage}, "run --scenario stall --algorithm gcra --technique lua --driver goredis --client default,no-retries", Conditional, retries},
	}
}

func whenDown(e *Evidence) Ruling {
	under := func(policy string) group { return e.cells(outage, "outage.*/*/gcra/lua/*/"+policy) }
	var said []string
	for _, policy := range []string{"fail-closed", "breaker", "fail-open", "fail-local", "fail-sql"} {
		g := under(policy)
		said = append(said, fmt.Sprintf("%s %s, +%s", policy, percent(e.median(g, "availability", availability)), percent(g.most(policyOvershoot))))
	}
	closed, open, local := under("fail-closed"), under("fail-open"), under("fail-local")
	beyond := e.sum(local, "what was admitted beyond the bound", beyondBound)
	blocks := closed.sum(admittedByPolicy) == 0 && closed.most(policyOvershoot) == 0
	admits := open.sum(deniedByPolicy) == 0 && open.most(policyOvershoot) > local.most(policyOvershoot)
	serves := e.median(local, "availability", availability) > e.median(closed, "availability", availability) && beyond == 0
	verdict := of(blocks, admits, serves)
	if verdict == Confirmed && local.most(policyOvershoot) > 0 {
		verdict = Conditional
	}
	return Ruling{verdict, fmt.Sprintf("Requests answered within 100 ms, medians over %d outages of each, and the most admitted beyond the contract: %s. "+
		"Beyond the bound of fail-local, which is the contract once more for each process, %.0f were admitted. With it %s.",
		len(closed), strings.Join(said, "; "), beyond, comeback(e, local)), overview(outage)}
}

// comeback says after how many faults the limiters themselves answered again, and which did
// not before their trial was over.
func comeback(e *Evidence, g group) string {
	away := g.unrecovered()
	if len(away) == 0 {
		return fmt.Sprintf("the limiter answered again in all of %d trials", len(g))
	}
	opened := e.sum(away, "connections", connectionsOpened)
	why := ""
	if opened == 0 {
		why = ", as each probe took one that the outage had closed"
	}
	return fmt.Sprintf("the limiter answered again in %d of %d trials, and not in those of %s, which opened %.0f connections anew%s",
		len(g)-len(away), len(g), away.subjects(), opened, why)
}

func causes(e *Evidence) Ruling {
	var said []string
	faults, taking, alone := []string{"stop", "pause", "cut-clients", "maxclients", "password"}, 0, group(nil)
	for _, fault := range faults {
		g := e.cells(outage, "outage."+fault+"/*/gcra/lua/*")
		if g.most(known(availability)) < 0.9 {
			taking++
		}
		alone = append(alone, g...)
		said = append(said, fmt.Sprintf("%s %s (%s)", fault, g.span(detection), strings.Join(g.errors(), ", ")))
	}
	all := append(alone[:len(alone):len(alone)], e.cells(outage, "outage.*/*/gcra/lua/*/*")...)
	verdict := Conditional
	switch {
	case taking == 0:
		verdict = Refuted
	case taking == len(faults) && len(alone.unrecovered()) == len(alone):
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("%d of %d outages took the limiter away; it was noticed after, in ms: %s. Where nobody handled the errors, %.0f of %.0f requests ended in one. "+
		"Afterwards %s.", taking, len(faults), strings.Join(said, "; "), alone.sum(unanswered), alone.sum(requests), comeback(e, all)), overview(outage)}
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
	alone := e.cells(outage, "outage.*/*/gcra/lua/*")
	all := append(alone[:len(alone):len(alone)], e.cells(outage, "outage.*/*/gcra/lua/*/*")...)
	verdict := Conditional
	if len(alone.unrecovered()) > 0 {
		verdict = Refuted
	} else if twice(shipped) == 0 && len(all.unrecovered()) == 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Reconnecting: after an outage %s. Retries: in a stall go-redis as it ships ran %.0f steps on the server that no caller asked for, without retries %.0f; rueidis and redigo %.0f. "+
		"Queueing: as go-redis ships %.0f requests ended in an error and %s were answered within 100 ms, with bounded timeouts %.0f and %s.",
		comeback(e, all), twice(shipped), twice(none), twice(others), shipped.sum(unanswered), percent(e.median(shipped, "availability", availability)),
		bounded.sum(unanswered), percent(e.median(bounded, "availability", availability))), overview(stall)}
}
