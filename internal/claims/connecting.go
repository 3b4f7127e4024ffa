package claims

import "fmt"

// connecting is the first document: a store that connects when it is first asked.
func connecting() []Claim {
	return []Claim{
		{"0.1", "A store that connects when it is not ready starts several connects under concurrent first requests; the second is refused, and the store falls back although Redis is healthy.",
			[]string{storm, fallback}, "run --scenario connect-storm --algorithm connect --technique check-then-connect --policy fail-sql", Confirmed, checkThenConnect},
		{"0.2", "One shared connect that all others wait for, cleared on failure, is the fix.",
			[]string{storm, fallback}, "run --scenario connect-storm --algorithm connect --technique single-flight", Confirmed, singleFlight},
		{"0.3", "The fallback to a second store, an SQL database, happens only when Redis really fails.",
			[]string{fallback, outage}, "run --scenario outage.stop --algorithm gcra --technique lua --driver goredis --policy fail-closed,fail-sql", Conditional, fallsBack},
	}
}

// unjustified counts what the database decided beside a healthy server.
func unjustified(e *Evidence, technique string) float64 {
	g := e.trials(fallback, "connect-storm/*/connect/"+technique+"/*/fail-sql")
	if n := g.sum(faults); n > 0 {
		e.miss("%.0f faults were made in %s: its server was not healthy", n, fallback)
	}
	return e.sum(g, "decisions of the policy", byPolicy)
}

func checkThenConnect(e *Evidence) Ruling {
	g := e.trials(storm, "connect-storm/*/connect/check-then-connect/*")
	sql := unjustified(e, "check-then-connect")
	return Ruling{of(g.sum(unanswered) > 0, sql > 0), fmt.Sprintf("Of %.0f requests to a client that was not connected, in %d trials behind %d clients, %.0f were refused because another connected, at most %.0f in a trial. "+
		"With an SQL database to fall back to (fail-sql) it decided %.0f requests. The server was up all the time.",
		g.sum(requests), len(g), g.drivers(), g.sum(unanswered), g.most(unanswered), sql), overview(storm)}
}

func singleFlight(e *Evidence) Ruling {
	g := e.trials(storm, "connect-storm/*/connect/single-flight/*")
	opened := e.most(g, "connections", connectionsOpened)
	sql := unjustified(e, "single-flight")
	verdict := Refuted
	if g.sum(unanswered) == 0 && sql == 0 && opened == 1 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Of %.0f such requests in %d trials behind %d clients %.0f were refused, at most %.0f connection was opened in a trial, and %.0f requests fell back to the database, whose policy waits 1 s in this scenario instead of its own 50 ms. "+
		"That the next request tries again after a connect that failed is what a test of algorithms/connect shows.",
		g.sum(requests), len(g), g.drivers(), g.sum(unanswered), opened, sql), overview(storm)}
}

func fallsBack(e *Evidence) Ruling {
	naive, shared := unjustified(e, "check-then-connect"), unjustified(e, "single-flight")
	sql := e.cells(outage, "outage.*/*/gcra/lua/*/fail-sql")
	closed := e.cells(outage, "outage.*/*/gcra/lua/*/fail-closed")
	down := e.sum(sql, "decisions of the policy", byPolicy)
	verdict := Conditional
	switch {
	case shared > 0 || down == 0:
		verdict = Refuted
	case naive == 0:
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Beside a healthy server the database decided %.0f requests where clients check, then connect, and %.0f where they share a connect (0.2). "+
		"In outages it decided %.0f, and up to %s of the limit was admitted beyond the contract, as its counts start from zero (fail-closed: %s).",
		naive, shared, down, percent(sql.most(policyOvershoot)), percent(closed.most(policyOvershoot))), overview(outage)}
}
