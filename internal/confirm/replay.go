package confirm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Evidence says how a trace was confirmed.
type Evidence struct {
	// Times is how often it was replayed, each time with the same replies and keyspaces.
	Times int
	// ServerVersion is of the server.
	ServerVersion string
	// TimeEmulated says that the clock was waited for, and what depends on it left out.
	TimeEmulated bool
}

// Replay runs a trace again and again on an otherwise unused server, whose keys are all
// deleted, and compares every reply and, after every step that changes it and at the end,
// the whole keyspace. Each client has a connection of its own. The error is a
// *Divergence, or a *Refusal if the trace holds what one server cannot do.
//
// Of the environment's events an eviction and the loss of all state are deletions by
// somebody else; where the state is lost, the clients' connections and the scripts are
// too. A failover brings back a keyspace that the server held before (failover.go). An
// abandoned request arrives over the connection that its client gave up.
func Replay(ctx context.Context, t Target, trace transcript.Trace, times int) (e Evidence, err error) {
	s, err := newStage(ctx, t)
	if err != nil {
		return Evidence{}, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return s.replay(trace, times)
}

// replay is one run of a trace.
type replay struct {
	*stage
	trace   transcript.Trace
	clients map[string]*client
	late    []*abandoned
	before  []modelredis.Entry // the keyspace before the step
	past    []snapshot         // the keyspaces that a failover may bring back
	round   int
	pace    pace
}

// client is one client's connection.
type client struct {
	cn       *redigo.Raw
	watching bool
	// cut says that the connection ended while it watched: the transaction that the
	// WATCH was for is not sent any more.
	cut bool
}

// abandoned is a request that its client has given up, on its way.
type abandoned struct {
	commands [][]string
	over     *client
}

func (r *replay) run() error {
	if err := r.prepare(); err != nil {
		return err
	}
	for i, step := range r.trace.Steps {
		if err := r.step(i, step); err != nil {
			return err
		}
		r.before = step.After
	}
	return r.compareKeyspace("the end", nil, r.trace.Final)
}

// prepare makes the keyspace before the first step.
func (r *replay) prepare() error {
	r.setClock(0)
	if err := r.clear(); err != nil {
		return fmt.Errorf("empty server: %w", err)
	}
	var commands [][]string
	for _, source := range r.trace.Scripts {
		commands = append(commands, []string{"SCRIPT", "LOAD", source})
	}
	if _, err := r.observe(append(commands, r.trace.Seed...)); err != nil {
		return fmt.Errorf("make the first keyspace: %w", err)
	}
	first, err := r.keyspace()
	if err != nil {
		return err
	}
	r.before = first
	return r.keep(first)
}

// instant is a time of the trace.
func (r *replay) instant(ms float64) algorithms.Instant { return instantOf(r.trace, ms) }

func instantOf(t transcript.Trace, ms float64) algorithms.Instant {
	return algorithms.Instant(t.T0US + int64(math.Round(ms*1000)))
}

// setClock sets the clock to a time of the trace, or waits for it.
func (r *replay) setClock(ms float64) {
	if r.target.SetClock != nil {
		r.target.SetClock(r.instant(ms))
		return
	}
	r.pace.await(r.ctx, ms)
}

func (r *replay) step(i int, s transcript.Step) error {
	r.setClock(s.TMS)
	got, sent, err := r.act(s)
	if err != nil {
		return fmt.Errorf("step %d, %s %s: %w", i+1, s.Actor, s.Kind, err)
	}
	where := fmt.Sprintf("step %d of replay %d, %s: %s", i+1, r.round, s.Actor, s.Op)
	if sent && s.Reply != "" && !r.agrees(s, got) {
		return &Divergence{Server: r.target.Version, Where: where, Sent: words(s), What: "reply", Model: s.Reply, Got: got}
	}
	if slices.Equal(s.After, r.before) {
		return nil // what should not have changed and has shows at the next step that changes anything, or at the end
	}
	return r.compareKeyspace(where, words(s), s.After)
}

func words(s transcript.Step) []string {
	list := make([]string, len(s.Commands))
	for i, cmd := range s.Commands {
		list[i] = strings.Join(cmd, " ")
	}
	return list
}

// agrees compares what was answered with the trace.
func (r *replay) agrees(s transcript.Step, got string) bool {
	model, got := untilError(s.Reply), untilError(got)
	switch {
	case r.target.SetClock != nil:
		return model == got
	case readsTime(s.Commands):
		return true
	case isScript(s.Commands):
		return signs(model) == signs(got)
	}
	return timeless(model) == timeless(got)
}

// untilError cuts a spelled reply behind the first word of the first error in it.
func untilError(s string) string {
	const mark = "(error) "
	i := strings.Index(s, mark)
	if i < 0 {
		return s
	}
	word := strings.TrimRight(firstWord(s[i+len(mark):]), ",]")
	return s[:i+len(mark)] + word
}

// send runs commands on a client's connection and spells what it is answered. A
// transaction is not sent where the connection has ended with its WATCH: to the client
// that is one that has not run.
func (c *client) send(commands [][]string, exec bool) (string, error) {
	if c.cut && exec {
		c.cut = false
		return "(nil)", nil
	}
	defer c.note(commands, exec)
	if exec {
		return c.transact(commands)
	}
	if err := c.cn.Send(commands[0]...); err != nil {
		return "", err
	}
	if err := c.cn.Flush(); err != nil {
		return "", err
	}
	a, err := c.cn.Receive()
	return reply(a).String(), err
}

// note keeps track of whether the connection watches.
func (c *client) note(commands [][]string, exec bool) {
	switch name := strings.ToUpper(commands[0][0]); {
	case exec || name == "UNWATCH":
		c.watching, c.cut = false, false
	case name == "WATCH":
		c.watching, c.cut = true, false
	}
}

func (c *client) transact(commands [][]string) (string, error) {
	for _, cmd := range append(append([][]string{{"MULTI"}}, commands...), []string{"EXEC"}) {
		if err := c.cn.Send(cmd...); err != nil {
			return "", err
		}
	}
	if err := c.cn.Flush(); err != nil {
		return "", err
	}
	for range len(commands) + 1 {
		if _, err := c.cn.Receive(); err != nil {
			return "", err
		}
	}
	answers, err := c.cn.ReceiveExec()
	return spellExec(answers), err
}

// spellExec spells the answer of EXEC as traces do.
func spellExec(answers []drivers.Answer) string {
	switch {
	case answers == nil:
		return "(nil)"
	case len(answers) == 1 && answers[0].Err != nil && strings.HasPrefix(answers[0].Err.Error(), "EXECABORT"):
		return reply(answers[0]).String()
	}
	list := make([]string, len(answers))
	for i, a := range answers {
		list[i] = reply(a).String()
	}
	return "[" + strings.Join(list, ", ") + "]"
}
