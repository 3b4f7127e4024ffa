package claims

import "fmt"

// connecting is the first document: a store that connects when it is first asked.
func connecting() []Claim {
	return []Claim{
		{"0.1", "A store that connects when it is not ready starts several connects under concurrent first requests; the second is refused, and the store falls back although Redis is healthy.",
			[]string{storm}, Confirmed, checkThenConnect},
		{"0.2", "One shared connect that all others wait for, cleared on failure, is the fix.",
			[]string{storm}, Confirmed, singleFlight},
		{"0.3", "The fallback to a second store, an SQL database, happens only when Redis really fails.",
			[]string{storm, outage}, Conditional, fallsBack},
	}
}

// fellBack counts the requests that a healthy server was not asked.
func fellBack(g group) float64 { return g.sum(failed) + g.sum(unknown) }

func checkThenConnect(e *Evidence) Ruling {
	g := e.trials(storm, "connect-storm/*/connect/check-then-connect/*")
	verdict := Refuted
	if fellBack(g) > 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("In %d trials of 500 first requests at once behind %d clients, %.0f requests were refused while another connected, and would have fallen back; "+
		"at most %.0f in one trial. The server was up all the time.", len(g), g.drivers(), fellBack(g), g.most(unanswered)), summary(storm)}
}

func singleFlight(e *Evidence) Ruling {
	g := e.trials(storm, "connect-storm/*/connect/single-flight/*")
	verdict := Refuted
	opened := e.most(g, "connections", connectionsOpened)
	if fellBack(g) == 0 && opened == 1 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("In %d trials of 500 first requests at once behind %d clients: at most %.0f connection opened, %.0f requests fell back. "+
		"That the next request tries again after a connect that failed is what a test of algorithms/connect shows.",
		len(g), g.drivers(), opened, fellBack(g)), summary(storm)}
}

func fallsBack(e *Evidence) Ruling {
	naive := e.trials(storm, "connect-storm/*/connect/check-then-connect/*")
	sql := e.cells(outage, "outage.*/*/gcra/lua/*/fail-sql")
	closed := e.cells(outage, "outage.*/*/gcra/lua/*/fail-closed")
	verdict := Conditional
	if fellBack(naive) == 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Only if connects are shared (0.2): else %.0f requests to a healthy server fell back. Counts start from zero in the database: over five kinds of outage "+
		"up to %s of the limit was admitted beyond the contract (fail-closed: %s), and in the worst of them %s of the requests were answered within 100 ms.", fellBack(naive),
		percent(sql.most(policyOvershoot)), percent(closed.most(policyOvershoot)), percent(sql.least(availability))), summary(outage)}
}
