package claims

import (
	"fmt"

	"github.com/rlbench/rlbench/internal/evidence"
)

// counting is the third document: INCR and EXPIRE, transactions, scripts.
func counting() []Claim {
	return []Claim{
		{"2.1", "INCR, then EXPIRE when the count is 1: two clients between them make the window start late and let an extra try in.",
			[]string{explorer, named}, Refuted, incrExpire},
		{"2.2", "MULTI{INCR, EXPIRE} cannot be conditional: every hit renews the window.",
			[]string{explorer, named}, Confirmed, multiExpire},
		{"2.3", "Another client can sneak in between INCR and EXPIRE inside MULTI.",
			[]string{explorer}, Refuted, sneakIn},
		{"2.4", "INCR, and EXPIRE if the count is 1, in one Lua script is atomic and takes fewer hops.",
			[]string{explorer, concurrent, baseline}, Confirmed, oneScript},
	}
}

func incrExpire(e *Evidence) Ruling {
	d := e.explored(explorer)
	death := e.must(d, "fixedwindow-incr-expire/client-death-key-without-ttl")
	late := e.must(d, "fixedwindow-incr-expire/false-rejection")
	under := e.cells(named, "concurrent/*/fixedwindow/incr-expire/*")
	verdict := Refuted
	if broken(d, "fixedwindow-incr-expire/overshoot") != nil || under.most(certain) > 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("No schedule lets an extra try in, and none was among %.0f decisions under load: INCR counts at once, "+
		"whenever EXPIRE comes. A late EXPIRE makes the window longer, which denies what is due (%s). "+
		"The harm is another: a client that dies between the two leaves a counter without TTL, and its user is locked out for ever (%s).",
		under.sum(decided), share(late), share(death)), page(explorer, "fixedwindow-incr-expire/client-death-key-without-ttl")}
}

// share says how many schedules of its scenario a finding breaks.
func share(f evidence.Finding) string {
	return fmt.Sprintf("%s of %s schedules of `%s`, the shortest in %s", evidence.Shown(f.BadSchedules), evidence.Shown(f.Schedules), f.Scenario, steps(f.Steps))
}

func steps(n int) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

func multiExpire(e *Evidence) Ruling {
	d := e.explored(explorer)
	f := e.must(d, "fixedwindow-multi-expire/false-rejection")
	under := e.cells(named, "concurrent/*/fixedwindow/multi-expire/*")
	lua := e.cells(named, "concurrent/*/fixedwindow/lua/*")
	e.intact(d, "fixedwindow-expire-nx/overshoot", "fixedwindow-expire-nx/false-rejection", "fixedwindow-expire-nx/client-death-key-without-ttl")
	renewed := e.sum(under, "false rejections", falseRejections)
	verdict := Refuted
	if renewed > 0 && e.sum(lua, "false rejections", falseRejections) == 0 {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("Denied hits renew it too: under excess %.0f of %.0f denials were false for certain, and %.0f requests were admitted "+
		"where the script admitted %.0f. Shown in %s. MULTI can be conditional after all: with EXPIRE NX, since Redis 7.0, it breaks in no schedule "+
		"in which the server keeps its keys and nobody sends a request twice.",
		renewed, under.sum(denied), under.sum(allowed), lua.sum(allowed), share(f)),
		page(explorer, "fixedwindow-multi-expire/false-rejection")}
}

func sneakIn(e *Evidence) Ruling {
	d := e.explored(explorer)
	verdict := Refuted
	if broken(d, "fixedwindow-multi-expire/overshoot") != nil || broken(d, "fixedwindow-multi-expire/client-death-key-without-ttl") != nil {
		verdict = Confirmed
	}
	return Ruling{verdict, fmt.Sprintf("EXEC runs its commands in one piece: in every schedule of up to four clients in which the server keeps its keys, MULTI{INCR, EXPIRE} neither admits "+
		"too much nor leaves a key without TTL, also when clients die in the middle. Each of the %d different steps of these programs was "+
		"run on %s, and its replies and keys were the model's. What is wrong with it is 2.2.", d.Confirmation.Effects, d.Confirmation.Server),
		explorer + "/README.md"}
}

func oneScript(e *Evidence) Ruling {
	d := e.explored(explorer)
	under := e.cells(concurrent, "concurrent/*/fixedwindow/lua/*")
	at := func(technique string) (float64, float64, float64) {
		g := e.cells(baseline, "baseline/*/fixedwindow/"+technique+"/goredis")
		return e.median(g, "round trips", trips), e.median(g, "bytes", traffic), e.median(g, "response time", p50)
	}
	lua, luaBytes, luaP50 := at("lua")
	naive, naiveBytes, naiveP50 := at("naive")
	multi, multiBytes, multiP50 := at("multi")
	verdict := Confirmed
	if !under.all("valid") || broken(d, "fixedwindow-lua/overshoot") != nil || broken(d, "fixedwindow-lua/false-rejection") != nil || lua >= min(naive, multi) {
		verdict = Refuted
	}
	return Ruling{verdict, fmt.Sprintf("Valid in all of %d trials under concurrency and in every schedule in which the server keeps its keys and nobody sends a request twice. Per decision at rest: %.1f round trip, %.0f bytes, p50 %s; "+
		"naive %.1f, %.0f, %s; MULTI %.1f, %.0f, %s.", len(under), lua, luaBytes, ms(luaP50), naive, naiveBytes, ms(naiveP50), multi, multiBytes, ms(multiP50)),
		summary(baseline)}
}
