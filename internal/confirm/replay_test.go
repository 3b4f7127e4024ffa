package confirm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
	"github.com/rlbench/rlbench/internal/transcript"
)

// lostUpdate is two clients that count with WATCH: one of them must start again.
func lostUpdate(t *testing.T, defect modelredis.Defect) transcript.Trace {
	return newTape(t, defect).
		does("A", "WATCH k").does("B", "WATCH k").does("A", "GET k").does("B", "GET k").
		transacts("A", "SET k 1 PX 1000").transacts("B", "SET k 1 PX 1000").trace()
}

// schedules are one or more for each thing that may happen.
func schedules(t *testing.T) map[string]transcript.Trace {
	sha := drivers.NewScript(source).SHA()
	tape := func() *tape { return newTape(t, modelredis.None) }
	return map[string]transcript.Trace{
		"lost update": lostUpdate(t, modelredis.None),
		"death at the deadline": tape().does("A", "SET k 1 PX 1000").ticks(1000*time.Millisecond).does("B", "GET k").
			ticks(time.Millisecond).does("B", "GET k").trace(),
		"a watched key dies":   tape().does("A", "SET k 1 PX 10").does("B", "WATCH k").ticks(time.Second).transacts("B", "SET k 2").trace(),
		"eviction":             tape().does("A", "SET k 1").does("B", "WATCH k").loses(transcript.Evict, "k").transacts("B", "INCR k").does("A", "GET k").trace(),
		"loss of state":        tape().does("A", "INCR k").does("A", "SET db 1").loses(transcript.LoseState, "k").does("A", "INCR k").trace(),
		"a lost reply":         tape().unanswered("A", transcript.LostReply, "INCR k").does("A", "INCR k").trace(),
		"a request sent twice": tape().unanswered("A", transcript.Resend, "INCR k").does("A", "INCR k").trace(),
		"a late effect": tape().unanswered("A", transcript.Abandon, "INCR k").does("A", "INCR k").
			unanswered("network", transcript.LateEffect, "INCR k").trace(),
		"a script":              tape().does("A", "EVALSHA "+sha+" 1 k 500").ticks(1234*time.Microsecond).does("B", "EVALSHA "+sha+" 1 k 500").trace(),
		"errors in a row":       tape().does("A", "HSET k f 1").does("A", "INCR k").transacts("A", "INCR k", "HGET k f").trace(),
		"a value of every type": tape().does("A", "HSET h b 2 a 1").does("A", "ZADD z 1.5 m 1 n").does("A", "SADD s b a").does("A", "SET k v").trace(),
	}
}

func TestSchedulesReplayAHundredTimes(t *testing.T) {
	all, times := schedules(t), 100
	for i, on := range servers(t) {
		if i > 0 {
			times = 5 // other versions: the same, and sooner done
		}
		for name, trace := range all {
			t.Run(on.Version+"/"+name, func(t *testing.T) {
				e, err := Replay(t.Context(), on, trace, times)
				if err != nil {
					t.Fatal(err)
				}
				if want := (Evidence{Times: times, ServerVersion: on.Version}); e != want {
					t.Errorf("evidence %+v, want %+v", e, want)
				}
			})
		}
	}
}

// A server that loses its state loses the connections, and with them every WATCH.
func TestLossOfStateEndsTheWatch(t *testing.T) {
	p := newTape(t, modelredis.None).does("A", "WATCH k").loses(transcript.LoseState)
	p.dirty["A"] = true
	if _, err := Replay(t.Context(), server(t), p.transacts("A", "SET k 1").does("A", "GET k").trace(), 1); err != nil {
		t.Error(err)
	}
}

// Whoever meets a key that was set when its time was over takes it away, and breaks no WATCH
// by that; setting it did. Valkey never sets it, and that it is left out there stays true.
func TestKeyThatIsSetWhenItsTimeIsOver(t *testing.T) {
	late := func() *tape { return newTape(t, modelredis.None).does("B", "WATCH k").does("A", "SET k 1 PXAT 1000") }
	met := late().transacts("B", "SET k 2").does("A", "SET k 1 PXAT 1000").does("B", "WATCH k").does("A", "GET k").transacts("B", "SET k 3").trace()
	for _, on := range servers(t) {
		_, err := Replay(t.Context(), on, met, 5)
		if !strings.HasPrefix(on.Version, "valkey") {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		var refusal *Refusal
		if !errors.As(err, &refusal) {
			t.Errorf("replayed on %s with %v, want a refusal", on.Version, err)
		}
		on.Version = "another"
		var d *Divergence
		if _, err := Replay(t.Context(), on, late().transacts("B", "SET k 2").trace(), 1); !errors.As(err, &d) {
			t.Errorf("replayed with %v, want a divergence: nothing needs to be left out any more", err)
		}
	}
}

// A failover brings back what the server held, deadlines included, but not what has died.
func TestFailoverBringsBackTheKeyspaceBefore(t *testing.T) {
	p := newTape(t, modelredis.None).does("A", "SET k 1 PX 1000").does("A", "SET soon 1 PX 10").does("A", "HSET h f 1")
	old, _ := p.model.Expire(p.store, p.now.Add(20*time.Millisecond))
	p.does("B", "WATCH h").ticks(20*time.Millisecond).does("A", "SET k 2").does("A", "DEL h")
	p.store, p.dirty["B"] = old, true
	p.loses(transcript.Failover).does("A", "GET k").transacts("B", "SET h 1")
	for _, on := range servers(t) {
		if _, err := Replay(t.Context(), on, p.trace(), 5); err != nil {
			t.Error(err)
		}
	}
}

func TestForgottenScriptIsMissed(t *testing.T) {
	p := newTape(t, modelredis.None).loses(transcript.ForgetLua)
	p.write(transcript.Step{Actor: "A", Kind: transcript.Command, Reply: "(error) NOSCRIPT in other words",
		Commands: [][]string{{"EVALSHA", drivers.NewScript(source).SHA(), "1", "k", "500"}}})
	if _, err := Replay(t.Context(), server(t), p.trace(), 1); err != nil {
		t.Error(err)
	}
}

// The comparison has teeth: models that are wrong in one thing are caught.
func TestWrongModelsAreCaught(t *testing.T) {
	early := newTape(t, modelredis.EarlyExpiry).does("A", "SET k 1 PX 1000").ticks(time.Second).does("B", "GET k").trace()
	on := server(t)
	for defect, trace := range map[modelredis.Defect]transcript.Trace{
		modelredis.DeafWatch:   lostUpdate(t, modelredis.DeafWatch),
		modelredis.EarlyExpiry: early,
	} {
		_, err := Replay(t.Context(), on, trace, 1)
		var d *Divergence
		if !errors.As(err, &d) {
			t.Errorf("%s: replayed with %v, want a divergence", defect, err)
			continue
		}
		t.Log(d)
	}
}

func TestReplayRefusesWhatItWouldHaveToFake(t *testing.T) {
	real := Target{Network: "tcp", Addr: providertest.Redis(t), Version: "redis"}
	absolute := newTape(t, modelredis.None).does("A", "SET k 1").does("A", "PEXPIREAT k 1900000000000").trace()
	for says, c := range map[string]struct {
		on    Target
		trace transcript.Trace
	}{
		"failover": {real, newTape(t, modelredis.None).loses(transcript.Failover).trace()},
		"clock":    {server(t), newTape(t, modelredis.None).loses(transcript.StepClock).trace()},
		"deadline": {real, absolute},
	} {
		_, err := Replay(t.Context(), c.on, c.trace, 1)
		var refusal *Refusal
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), says) {
			t.Errorf("replayed with %v, want a refusal that says %q", err, says)
		}
	}
}

// Without a virtual clock the same races are seen, and what has died has died.
func TestReplayInRealTime(t *testing.T) {
	on := Target{Network: "tcp", Addr: providertest.Redis(t), Version: "redis"}
	trace := newTape(t, modelredis.None).
		does("A", "WATCH k").does("B", "SET k 1 PX 50").does("B", "PTTL k").transacts("A", "SET k 2").
		does("A", "EVALSHA "+drivers.NewScript(source).SHA()+" 1 k 50").ticks(51*time.Millisecond).does("A", "GET k").trace()
	e, err := Replay(t.Context(), on, trace, 3)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Evidence{Times: 3, ServerVersion: "redis", TimeEmulated: true}); e != want {
		t.Errorf("evidence %+v, want %+v", e, want)
	}
	var d *Divergence
	if _, err := Replay(t.Context(), on, lostUpdate(t, modelredis.DeafWatch), 1); !errors.As(err, &d) {
		t.Errorf("a model without WATCH: %v, want a divergence", err)
	}
}
