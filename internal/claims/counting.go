package claims

import "fmt"

// counting is the third document: INCR and EXPIRE, transactions, scripts.
func counting() []Claim {
	return []Claim{
		{"2.1", "INCR, then EXPIRE when the count is 1: two clients between them make the window start late and let an extra try in.",
			[]string{explorer, named}, "explore --algorithm fixedwindow --technique incr-expire --confirm", Refuted, incrExpire},
		{"2.2", "MULTI{INCR, EXPIRE} cannot be conditional: every hit renews the window.",
			[]string{explorer, named}, "explore --algorithm fixedwindow --technique multi-expire,expire-nx --confirm", Conditional, multiExpire},
		{"2.3", "Another client can sneak in between INCR and EXPIRE inside MULTI.",
			[]string{explorer}, "explore --algorithm fixedwindow --technique multi-expire --confirm", Refuted, sneakIn},
		{"2.4", "INCR, and EXPIRE if the count is 1, in one Lua script is atomic and takes fewer hops.",
			[]string{explorer, concurrent, baseline}, "run --scenario baseline --algorithm fixedwindow --driver goredis", Confirmed, oneScript},
	}
}

func incrExpire(e *Evidence) Ruling {
	d := e.explored(explorer)
	extra, late := broken(d, "fixedwindow-incr-expire/overshoot"), broken(d, "fixedwindow-incr-expire/false-rejection")
	death := broken(d, "fixedwindow-incr-expire/client-death-key-without-ttl")
	under := e.cells(named, "concurrent/*/fixedwindow/incr-expire/*")
	return Ruling{of(extra != nil || under.most(certain) > 0), fmt.Sprintf("An extra try is let in by %s, and under load by %.0f of %.0f decisions. "+
		"A late EXPIRE makes the window longer, which denies what is due: in %s. "+
		"A client that dies between the two leaves a counter without TTL, and locks its user out for ever: in %s.",
		share(extra), under.most(certain), under.sum(decided), share(late), share(death)), explained(extra, death, late)}
}

func multiExpire(e *Evidence) Ruling {
	d := e.explored(explorer)
	renewing := broken(d, "fixedwindow-multi-expire/false-rejection")
	nx := broken(d, "fixedwindow-expire-nx/overshoot", "fixedwindow-expire-nx/false-rejection", "fixedwindow-expire-nx/client-death-key-without-ttl")
	under := e.cells(named, "concurrent/*/fixedwindow/multi-expire/*")
	lua := e.cells(named, "concurrent/*/fixedwindow/lua/*")
	renewed := e.sum(under, "false rejections", falseRejections)
	renews := renewing != nil && renewed > 0 && e.sum(lua, "false rejections", falseRejections) == 0
	return Ruling{of(renews, nx != nil), fmt.Sprintf("By hits that renew the window %.0f of %.0f denials under load were false for certain, and some in %s. "+
		"It is so before Redis 7.0: since then there is MULTI{INCR, EXPIRE NX}, which is broken in %s while the server keeps its keys and no request is sent twice.",
		renewed, under.sum(denied), share(renewing), share(nx)), explained(renewing)}
}

func sneakIn(e *Evidence) Ruling {
	d := e.explored(explorer)
	extra, death := broken(d, "fixedwindow-multi-expire/overshoot"), broken(d, "fixedwindow-multi-expire/client-death-key-without-ttl")
	return Ruling{of(extra != nil || death != nil), fmt.Sprintf("With up to four clients, and while the server keeps its keys, MULTI{INCR, EXPIRE} admits too much in %s, and leaves a key without TTL in %s, also where clients die in the middle. "+
		"Each of the %d different steps of these programs was run on %s, and its replies and keys were the model's.",
		share(extra), share(death), d.Confirmation.Effects, d.Confirmation.Server), explained(extra, death)}
}

func oneScript(e *Evidence) Ruling {
	d := e.explored(explorer)
	wrong := broken(d, "fixedwindow-lua/overshoot", "fixedwindow-lua/false-rejection")
	under := e.cells(concurrent, "concurrent/*/fixedwindow/lua/*")
	at := func(technique string) (cost float64, said string) {
		g := e.cells(baseline, "baseline/*/fixedwindow/"+technique+"/goredis")
		cost = e.median(g, "round trips", trips)
		return cost, fmt.Sprintf("%.1f, %.0f, %s", cost, e.median(g, "bytes", traffic), ms(e.median(g, "response time", p50)))
	}
	lua, luaSaid := at("lua")
	naive, naiveSaid := at("naive")
	multi, multiSaid := at("multi")
	return Ruling{of(under.all("valid") && wrong == nil, lua < min(naive, multi)), fmt.Sprintf("Valid in %d of %d trials under concurrency, and broken in %s while the server keeps its keys and no request is sent twice. "+
		"Round trips, bytes and p50 of a decision at rest: script %s; naive %s; MULTI %s.", under.count("valid"), len(under), share(wrong), luaSaid, naiveSaid, multiSaid),
		overview(baseline)}
}
