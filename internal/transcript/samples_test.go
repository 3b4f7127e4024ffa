package transcript_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/internal/modelredis"
	. "github.com/rlbench/rlbench/internal/transcript"
)

// t0 is 2026-01-01 00:00:00 UTC.
const t0 = int64(1_767_225_600_000_000)

// samples are traces by the name of their golden files.
var samples = map[string]Trace{
	"race":     race(),
	"death":    death(),
	"watch":    watch(),
	"ticks":    ticks(),
	"evict":    evict(),
	"lost":     lost(),
	"session":  session(),
	"crowd":    crowd(),
	"hostile":  hostile(),
	"late":     late(),
	"failover": failover(),
}

type entries = []modelredis.Entry

// value is a string at a key; ms is its deadline after t0, -1 for none.
func value(key, v string, ms int64) modelredis.Entry { return entry(key, "string", v, ms) }

func entry(key, kind, v string, ms int64) modelredis.Entry {
	if ms >= 0 {
		ms += t0 / 1000
	}
	return modelredis.Entry{Key: key, Type: kind, Value: v, Deadline: ms}
}

// words splits a command as far as these samples need.
func words(cmd string) []string { return strings.Fields(cmd) }

// trip is a step of the first request of a client.
func trip(actor, cmd, reply string, after entries) Step {
	return Step{Actor: actor, Kind: Command, Request: 1, Commands: [][]string{words(cmd)}, Op: cmd, Reply: reply, After: after}
}

func event(actor string, kind Kind, op string, after entries) Step {
	return Step{Actor: actor, Kind: kind, Op: op, After: after}
}

func (s stepOf) ends(outcome string) Step {
	s.Outcome = outcome
	return Step(s)
}

func (s stepOf) at(ms float64) Step {
	s.TMS = ms
	return Step(s)
}

type stepOf Step

func trace(t Trace) Trace {
	t.Schema, t.T0US = Schema, t0
	t.Schedule = nil
	for _, s := range t.Steps {
		t.Schedule = append(t.Schedule, s.Actor)
	}
	if n := len(t.Steps); n > 0 && t.Final == nil {
		t.Final = t.Steps[n-1].After
	}
	return t
}

func race() Trace {
	one, two := entries{value("rl{u}:w", "1", -1)}, entries{value("rl{u}:w", "2", -1)}
	ttl := entries{value("rl{u}:w", "2", 1000)}
	return trace(Trace{
		Subject:   "fixedwindow/naive",
		About:     "GET, compare on the client, INCRBY, and PEXPIRE if the count is new: requests between the first two all see room.",
		Scenario:  "two-at-once",
		Property:  "overshoot",
		Violation: "2 admitted, limit 1: both clients saw room before either counted",
		Promise:   "at most 1 request is admitted in any window of 1 s",
		Params:    Params{Limit: 1, WindowMS: 1000, Burst: 1, Cost: 1, Clients: 2, Requests: 1},
		Steps: []Step{
			trip("A", "GET rl{u}:w", "(nil)", nil),
			trip("B", "GET rl{u}:w", "(nil)", nil),
			trip("A", "INCRBY rl{u}:w 1", "(integer) 1", one),
			stepOf(trip("B", "INCRBY rl{u}:w 1", "(integer) 2", two)).ends("allowed"),
			stepOf(trip("A", "PEXPIRE rl{u}:w 1000", "(integer) 1", ttl)).ends("allowed"),
		},
		Preemptions: 1, ServerVersion: "7.4.1",
	})
}

func death() Trace {
	one := entries{value("rl{u}:w", "1", -1)}
	return trace(Trace{
		Subject:   "fixedwindow/naive",
		About:     "GET, compare on the client, INCRBY, and PEXPIRE if the count is new.",
		Scenario:  "client-death",
		Property:  "key-without-ttl",
		Violation: "rl{u}:w has no TTL and nobody is left to set one: the user is locked out for good",
		Promise:   "every key has a TTL once no request is under way",
		Params:    Params{Limit: 1, WindowMS: 1000, Burst: 1, Cost: 1, Clients: 2, Requests: 1},
		Steps: []Step{
			trip("A", "GET rl{u}:w", "(nil)", nil),
			trip("A", "INCRBY rl{u}:w 1", "(integer) 1", one),
			stepOf(trip("B", "GET rl{u}:w", `"1"`, one)).ends("denied"),
		},
		Events: 1, Crashed: []string{"A"}, ServerVersion: "valkey 8.0.1",
	})
}

func watch() Trace {
	key := "rl{tenant:4711:user:18446744073709551615}:b"
	full := entries{entry(key, "hash", "tokens=0 updated=1767225600000000", 2000)}
	exec := func(actor string, after entries, reply string) Step {
		return Step{Actor: actor, Kind: Transaction, Request: 1, Reply: reply, After: after, Op: "MULTI · HSET · PEXPIRE · EXEC",
			Commands: [][]string{{"HSET", key, "tokens", "0", "updated", "1767225600000000"}, {"PEXPIREAT", key, "1767225602000"}}}
	}
	watches := func(actor string, after entries) Step {
		return Step{Actor: actor, Kind: Watch, Request: 1, Commands: [][]string{{"WATCH", key}}, Op: "WATCH " + key, Reply: "OK", After: after}
	}
	return trace(Trace{
		Subject:   "tokenbucket/multi",
		About:     "WATCH, then HMGET and TIME, then MULTI{HSET, PEXPIREAT}EXEC; once more from the start if the key changed.",
		Scenario:  "three-at-once",
		Property:  "false-rejection",
		Violation: "C was refused with an error although room was left: two others changed the key while it decided",
		Promise:   "a request for which there is room is admitted",
		Params:    Params{Limit: 2, WindowMS: 2000, Burst: 3, Cost: 1, Clients: 3, Requests: 1},
		Steps: []Step{
			watches("A", nil),
			trip("A", "HMGET "+key+" tokens updated", "[(nil), (nil)]", nil),
			watches("C", nil),
			trip("A", "TIME", `["1767225600", "000000"]`, nil),
			watches("B", nil),
			stepOf(exec("A", full, "[(integer) 2, (integer) 1]")).ends("allowed"),
			trip("C", "HMGET "+key+" tokens updated", `["0", "1767225600000000"]`, full),
			stepOf(exec("C", full, "(nil)")).ends("failed"),
		},
		Preemptions: 3, ServerVersion: "8.2.0",
	})
}

func ticks() Trace {
	log := func(members string, ms int64) entries { return entries{entry("rl{u}:log", "zset", members, ms)} }
	a := "1767225600000250-A@1767225600000250"
	b := "1767225600500250-B@1767225600500250"
	late := func(s Step, ms float64) Step { return stepOf(s).at(ms) }
	return trace(Trace{
		Subject:   "slidinglog/naive",
		About:     "ZREMRANGEBYSCORE what is older than a window, ZCARD, ZADD, PEXPIRE, each a trip of its own.",
		Scenario:  "two-at-the-edge",
		Property:  "overshoot",
		Violation: "2 admitted within 500.5 ms, limit 1 per 1 s: B counted by a clock that is ahead",
		Promise:   "at most 1 request is admitted in any window of 1 s",
		Params:    Params{Limit: 1, WindowMS: 1000, Cost: 1, Clients: 2, Requests: 2},
		Ticks:     []int64{250, 500_250},
		Skew:      map[string]int64{"B": 700_000},
		Seed:      [][]string{{"ZADD", "rl{u}:log", "1767225599000000", "1767225599000000-Z"}, {"PEXPIRE", "rl{u}:log", "1000"}},
		Steps: []Step{
			{Actor: "A", Kind: ReadClock, Request: 1, Op: "reads its own clock", Reply: "1767225600000000", After: log("1767225599000000-Z@1767225599000000", 1000)},
			late(event("clock", Tick, "advances by 0.25 ms", log("1767225599000000-Z@1767225599000000", 1000)), .25),
			late(trip("A", "ZREMRANGEBYSCORE rl{u}:log -inf 1767225599000250", "(integer) 1", nil), .25),
			late(trip("A", "ZADD rl{u}:log 1767225600000250 1767225600000250-A", "(integer) 1", log(a, -1)), .25),
			late(stepOf(trip("A", "PEXPIRE rl{u}:log 1000", "(integer) 1", log(a, 1000))).ends("allowed"), .25),
			late(event("clock", Tick, "advances by 500 ms", log(a, 1000)), 500.25),
			late(stepOf(Step{Actor: "B", Kind: ReadClock, Request: 1, Op: "reads its own clock", Reply: "1767225601200250", After: log(a, 1000)}).ends(""), 500.25),
			late(trip("B", "ZREMRANGEBYSCORE rl{u}:log -inf 1767225600200250", "(integer) 1", nil), 500.25),
			late(stepOf(trip("B", "ZADD rl{u}:log 1767225600500250 1767225600500250-B", "(integer) 1", log(b, -1))).ends("allowed"), 500.25),
		},
		Events: 2, ServerVersion: "7.0.15", TimeEmulated: true,
	})
}

func evict() Trace {
	one := entries{value("rl{u}:w", "1", 1000), value("rl{u}:seen", "1", 60_000)}
	less := one[1:]
	second := stepOf(trip("A", "INCR rl{u}:w", "(integer) 1", entries{value("rl{u}:w", "1", -1), less[0]}))
	second.Request = 2
	return trace(Trace{
		Subject:   "fixedwindow/multi",
		About:     "INCR and PEXPIRE NX in one transaction.",
		Scenario:  "eviction",
		Property:  "overshoot",
		Violation: "2 admitted, limit 1: the server evicted the counter in between",
		Promise:   "at most 1 request is admitted in any window of 1 s",
		Params:    Params{Limit: 1, WindowMS: 1000, Cost: 1, Clients: 1, Requests: 2},
		Steps: []Step{
			{Actor: "A", Kind: Transaction, Request: 1, Op: "MULTI · INCR · PEXPIRE · EXEC", Reply: "[(integer) 1, (integer) 1]", Outcome: "allowed",
				Commands: [][]string{words("INCR rl{u}:w"), words("PEXPIRE rl{u}:w 1000 NX")}, After: one},
			event("server", Evict, "evicts rl{u}:w", less),
			second.ends("allowed"),
		},
		Events: 1, ServerVersion: "7.4.1",
	})
}

const shortScript = `-- Fixed window. KEYS[1]: counter. ARGV: window in milliseconds.
local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return count`

func sha(source string) string {
	sum := sha1.Sum([]byte(source))
	return hex.EncodeToString(sum[:])
}

func lost() Trace {
	call := "EVALSHA " + sha(shortScript) + " 1 rl{u}:w 1000"
	one, two := entries{value("rl{u}:w", "1", 1000)}, entries{value("rl{u}:w", "2", 1000)}
	resent := trip("A", call, "", one)
	resent.Kind, resent.Op = Resend, call
	return trace(Trace{
		Subject:   "fixedwindow/lua",
		About:     "One script: INCR, PEXPIRE if the count is new, compare.",
		Scenario:  "lost-reply",
		Property:  "false-rejection",
		Violation: "0 admitted, limit 1: the resent request was counted twice and denied by itself",
		Promise:   "a request for which there is room is admitted",
		Params:    Params{Limit: 1, WindowMS: 1000, Cost: 1, Clients: 1, Requests: 1},
		Scripts:   map[string]string{sha(shortScript): shortScript},
		Steps:     []Step{resent, stepOf(trip("A", call, "(integer) 2", two)).ends("denied")},
		Events:    1, ServerVersion: "7.4.1",
	})
}

func session() Trace {
	live := entries{entry("session:{42}", "hash", "user=alice role=admin", 1_800_000)}
	ghost := entries{entry("session:{42}", "hash", "seen=1767225600000", -1)}
	return trace(Trace{
		Subject:   "session/hset-touch",
		About:     "A reader loads the session with HGETALL and touches it with HSET; logout is DEL.",
		Scenario:  "logout",
		Property:  "promise",
		Violation: "the session exists after logout and never expires: the touch brought it back",
		Promise:   "there is no session after logout",
		Params:    Params{Clients: 2, Requests: 1},
		Seed:      [][]string{words("HSET session:{42} user alice role admin"), words("EXPIRE session:{42} 1800")},
		Steps: []Step{
			role("reader", trip("A", "HGETALL session:{42}", `["user", "alice", "role", "admin"]`, live)),
			role("logout", stepOf(trip("B", "DEL session:{42}", "(integer) 1", nil)).ends("logged out")),
			role("reader", stepOf(trip("A", "HSET session:{42} seen 1767225600000", "(integer) 1", ghost)).ends("session of alice")),
		},
		Preemptions: 1,
	})
}

func role(name string, s Step) Step {
	s.Role = name
	return s
}

func crowd() Trace {
	long := strings.Repeat("9f8e7d6c", 12)
	t := trace(Trace{
		Subject:     "gcra/naive",
		About:       "GET the TAT, compute on the client by its own clock, SET PX: requests between the two are lost updates.",
		Scenario:    "four-at-once",
		Property:    "overshoot",
		Violation:   "4 admitted, limit 2: every client wrote a TAT that it computed from the same old one, and the last write wins over all others",
		Promise:     "at most 2 requests are admitted in any window of 1 s",
		Params:      Params{Limit: 2, WindowMS: 1000, Burst: 2, Cost: 1, Clients: 4, Requests: 1},
		Preemptions: 3,
	})
	for _, c := range "ABCD" {
		t.Steps = append(t.Steps, trip(string(c), "GET rl{u}:tat", "(nil)", nil))
	}
	for i, c := range "DBCA" {
		v := fmt.Sprintf("%d %s", t0+500_000+int64(i), long)
		s := trip(string(c), "", "OK", entries{value("rl{u}:tat", v, 501)})
		s.Commands = [][]string{{"SET", "rl{u}:tat", v, "PXAT", "1767225600501"}}
		s.Outcome = "allowed"
		t.Steps = append(t.Steps, s)
	}
	return trace(t)
}

func hostile() Trace {
	bad := "<script>alert(\"1\")</script>\n&amp; ]]> %%{init: {}}%% #35; \x1b[31m\u202e style: x\x00\ufffd"
	t := race()
	t.Subject, t.About, t.Violation, t.Promise, t.Scenario = bad, bad, bad, bad, bad
	t.Property, t.ServerVersion = bad, bad
	t.Seed = [][]string{{"SET", bad, bad}}
	after := entries{value(bad, bad, -1)}
	t.Steps = []Step{
		{Actor: "A", Kind: Command, Request: 1, Role: bad, Commands: [][]string{{"SET", bad, bad}}, Op: bad, Reply: bad, After: after, Outcome: bad},
		event("server", Evict, bad, after),
		{Actor: "B", Kind: ReadClock, Request: 1, Op: bad, Reply: bad, After: after},
	}
	t.Crashed, t.Events = []string{"B"}, 2
	return trace(t)
}

func late() Trace {
	one, two := entries{value("rl{u}:w", "1", 1000)}, entries{value("rl{u}:w", "2", 1000)}
	call := "EVALSHA " + sha(shortScript) + " 1 rl{u}:w 1000"
	abandoned := trip("A", call, "", nil)
	abandoned.Kind, abandoned.Op, abandoned.Outcome = Abandon, call, "unknown: no reply before the deadline"
	arrives := trip("network", call, "", two)
	arrives.Kind, arrives.Op, arrives.Request = LateEffect, "the abandoned request arrives: "+call, 0
	forgets := event("server", ForgetLua, "forgets its scripts", two)
	dies := event("B", ClientDies, "client B dies", two)
	return trace(Trace{
		Subject:   "fixedwindow/lua",
		About:     "One script: INCR, PEXPIRE if the count is new, compare.",
		Scenario:  "late-effect",
		Property:  "promise",
		Violation: "an abandoned request was counted after its client had given it up",
		Promise:   "what failed does not count",
		Params:    Params{Limit: 2, WindowMS: 1000, Cost: 1, Clients: 2, Requests: 1},
		Steps: []Step{
			abandoned,
			stepOf(trip("B", call, "(integer) 1", one)).ends("allowed"),
			arrives, forgets, dies,
		},
		Scripts: map[string]string{sha(shortScript): shortScript},
		Events:  4,
	})
}

func failover() Trace {
	one := entries{value("rl{u}:w", "1", 1000)}
	set := event("server", StepClock, "its clock is set back by 250 ms", one)
	return trace(Trace{
		Subject:   "fixedwindow/lua",
		About:     "One script: INCR, PEXPIRE if the count is new, compare.",
		Scenario:  "failover",
		Property:  "overshoot",
		Violation: "2 admitted, limit 1: the replica had not heard of the first",
		Promise:   "at most 1 request is admitted in any window of 1 s",
		Params:    Params{Limit: 1, WindowMS: 1000, Cost: 1, Clients: 3, Requests: 1},
		Steps: []Step{
			stepOf(trip("A", "INCR rl{u}:w", "(integer) 1", one)).ends("allowed"),
			event("server", Failover, "a replica takes over that has not heard of the last write", nil),
			stepOf(trip("B", "INCR rl{u}:w", "(integer) 1", one)).ends("allowed"),
			set,
			trip("C", "PTTL rl{u}:w", "(integer) 1250", entries{value("rl{u}:w", "1", 1250)}),
		},
		Events: 2,
	})
}
