package confirm

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/provider/virtual"
	"github.com/rlbench/rlbench/internal/transcript"
)

// tape makes a trace by playing a schedule on a model.
type tape struct {
	t     testing.TB
	model *modelredis.Model
	store modelredis.Store
	now   algorithms.Instant
	steps []transcript.Step
	// watched are the keys by client, dirty those clients of which one has changed.
	watched map[string][]string
	dirty   map[string]bool
}

func newTape(t testing.TB, defect modelredis.Defect) *tape {
	return &tape{t: t, model: model(defect), now: virtual.Dawn, watched: map[string][]string{}, dirty: map[string]bool{}}
}

// does plays a command of a client, spelled with blanks.
func (p *tape) does(actor, cmd string) *tape {
	words := strings.Fields(cmd)
	kind := transcript.Command
	if words[0] == "WATCH" {
		kind, p.watched[actor] = transcript.Watch, words[1:]
	}
	return p.write(transcript.Step{Actor: actor, Kind: kind, Commands: [][]string{words}, Reply: p.run(command(words...))[0].String()})
}

// transacts plays MULTI, the commands and EXEC.
func (p *tape) transacts(actor string, cmds ...string) *tape {
	s := transcript.Step{Actor: actor, Kind: transcript.Transaction, Reply: "(nil)"}
	var list []drivers.Command
	for _, cmd := range cmds {
		list, s.Commands = append(list, strings.Fields(cmd)), append(s.Commands, strings.Fields(cmd))
	}
	if !p.dirty[actor] {
		var replies []string
		for _, r := range p.run(transaction(list...)) {
			replies = append(replies, r.String())
		}
		s.Reply = "[" + strings.Join(replies, ", ") + "]"
	}
	delete(p.watched, actor)
	delete(p.dirty, actor)
	return p.write(s)
}

// run runs a request and breaks what watches.
func (p *tape) run(r modelredis.Request) []modelredis.Reply {
	p.t.Helper()
	did, err := p.model.Run(p.store, p.now, r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.store = did.Store
	p.touch(did.Touched)
	return did.Replies
}

func (p *tape) touch(keys []string) {
	for actor, watched := range p.watched {
		if slices.ContainsFunc(watched, func(k string) bool { return slices.Contains(keys, k) }) {
			p.dirty[actor] = true
		}
	}
}

// ticks advances the clock.
func (p *tape) ticks(by time.Duration) *tape {
	p.now = p.now.Add(by)
	var dead []string
	p.store, dead = p.model.Expire(p.store, p.now)
	p.touch(dead)
	return p.write(transcript.Step{Actor: "clock", Kind: transcript.Tick})
}

// loses is an event of the server in which keys go.
func (p *tape) loses(kind transcript.Kind, keys ...string) *tape {
	for _, k := range keys {
		p.store = p.store.Without(k)
	}
	p.touch(keys)
	return p.write(transcript.Step{Actor: "server", Kind: kind})
}

// unanswered is a command whose reply its client does not get.
func (p *tape) unanswered(actor string, kind transcript.Kind, cmd string) *tape {
	words := strings.Fields(cmd)
	if kind != transcript.Abandon {
		p.run(command(words...))
	}
	return p.write(transcript.Step{Actor: actor, Kind: kind, Commands: [][]string{words}})
}

func (p *tape) write(s transcript.Step) *tape {
	s.TMS = float64(p.now-virtual.Dawn) / 1000
	s.After = p.store.Entries()
	for _, cmd := range s.Commands {
		s.Op += strings.Join(cmd, " ") + " "
	}
	p.steps = append(p.steps, s)
	return p
}

func (p *tape) trace() transcript.Trace {
	sha := drivers.NewScript(source).SHA()
	return transcript.Trace{T0US: int64(virtual.Dawn), Steps: p.steps, Final: p.store.Entries(), Scripts: map[string]string{sha: source}}
}
