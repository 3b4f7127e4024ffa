package explore

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// player is the connection of a program that is played against a log of responses. At
// the first step without one it stops the program: that step is what it does next.
type player struct {
	log []response
	pos int
	// watching are the keys that the program watches, encoded; empty for none.
	watching string
	asked    step
	drawn    int // ids
	load     func(source string)
	spoiled  bool // a step was asked for after the program was stopped
	// foreign says that a goroutine of the program's own has asked for a step.
	foreign atomic.Bool
}

// step is what a program waits for, or how it ended.
type step struct {
	kind stepKind
	// request is sent if kind is request.
	request modelredis.Request
	// exec says that the request is a transaction that a broken WATCH aborts.
	exec bool
	// watching are the keys that are watched while the step waits, encoded.
	watching string
	// answer is how the request ended if kind is ended.
	answer answer
}

type stepKind uint8

const (
	ended stepKind = iota
	request
	readClock
)

// response is what a step is answered with.
type response struct {
	replies []modelredis.Reply
	// aborted says that a watched key had changed.
	aborted bool
	// lost says that no reply came: the client reports an error.
	lost bool
	// at is the client's clock.
	at algorithms.Instant
}

// discarded says that EXEC ran nothing because a command could not be queued.
func (r response) discarded() bool {
	return len(r.replies) == 1 && strings.HasPrefix(r.replies[0].Err, "EXECABORT")
}

// errLost is what a client reports when no reply has come.
var errLost = errors.New("no reply before the timeout")

// stopped is the panic that stops a program where its log ends. An error could be
// swallowed by the program.
type stopped struct{}

func (p *player) ask(s step) response {
	s.watching = p.watching
	if p.pos < len(p.log) {
		p.pos++
		return p.log[p.pos-1]
	}
	if p.asked.kind != ended {
		p.spoiled = true
	}
	p.asked = s
	p.stop()
	panic("unreachable")
}

func (p *player) send(kind modelredis.Kind, cmds ...drivers.Command) response {
	return p.ask(step{kind: request, request: modelredis.Request{Kind: kind, Commands: clone(cmds)}})
}

// clone copies commands: techniques may use their slices again.
func clone(cmds []drivers.Command) []drivers.Command {
	out := make([]drivers.Command, len(cmds))
	for i, cmd := range cmds {
		out[i] = slices.Clone(cmd)
	}
	return out
}

// env is what the program gets besides the connection.
func (p *player) env() algorithms.Env {
	return algorithms.Env{
		Now: func() time.Time { return time.UnixMicro(int64(p.ask(step{kind: readClock}).at)) },
		ID:  p.drawID,
	}
}

// drawID is no step: nobody can tell when an id was drawn. See ids.go.
func (p *player) drawID() string {
	p.drawn++
	if p.drawn > maxDrawn {
		p.spoiled = true // should the program recover
		refuse("a request draws more than %d ids", maxDrawn)
	}
	return symbol(p.drawn - 1)
}

// Do implements drivers.Conn.
func (p *player) Do(_ context.Context, cmd ...string) (drivers.Reply, error) {
	if len(cmd) == 0 {
		return drivers.Reply{}, drivers.ErrNoCommand
	}
	return p.do(cmd, false)
}

func (p *player) do(cmd drivers.Command, script bool) (drivers.Reply, error) {
	r := p.send(modelredis.Command, cmd)
	if r.lost {
		return drivers.Reply{}, drivers.WithClass(drivers.Unknown, errLost)
	}
	if text := r.replies[0].Err; text != "" {
		return drivers.Reply{}, drivers.ReplyError(text, script)
	}
	return r.replies[0].Reply, nil
}

// Multi implements drivers.Conn.
func (p *player) Multi(_ context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	return transacted(p.send(modelredis.Transaction, cmds...), len(cmds))
}

// transacted reads what EXEC answered.
func transacted(r response, sent int) ([]drivers.Reply, error) {
	switch {
	case r.lost:
		return nil, drivers.WithClass(drivers.Unknown, errLost)
	case r.aborted:
		return nil, drivers.ErrAborted
	case r.discarded():
		return nil, drivers.TransactionError(r.replies[0].Err)
	}
	replies := make([]drivers.Reply, sent)
	for i, reply := range r.replies {
		if reply.Err != "" {
			return nil, drivers.WithClass(drivers.Unknown, errors.New(reply.Err))
		}
		replies[i] = reply.Reply
	}
	return replies, nil
}

// Watch implements drivers.Conn.
func (p *player) Watch(_ context.Context, keys []string, fn func(drivers.Tx) error) error {
	r := p.send(modelredis.Watch, append(drivers.Command{"WATCH"}, keys...))
	switch {
	case r.lost:
		return drivers.WithClass(drivers.Failed, errLost)
	case r.replies[0].Err != "":
		return drivers.ReplyError(r.replies[0].Err, false)
	}
	p.watching = encodeList(keys)
	defer func() { p.watching = "" }()
	return fn(tx{p})
}

// Eval implements drivers.Conn.
func (p *player) Eval(_ context.Context, s *drivers.Script, keys, args []string, dst []int64) error {
	p.load(s.Source())
	rest := append(append(drivers.Command{strconv.Itoa(len(keys))}, keys...), args...)
	r, err := p.do(append(drivers.Command{"EVALSHA", s.SHA()}, rest...), true)
	if err != nil && drivers.IsNoScript(err) {
		r, err = p.do(append(drivers.Command{"EVAL", s.Source()}, rest...), true)
	}
	if err != nil {
		return err
	}
	return drivers.FillInts(r, dst)
}

// Close implements drivers.Conn.
func (p *player) Close() error { return nil }

// tx is the connection inside Watch.
type tx struct{ *player }

// Read implements drivers.Tx. The commands travel together, but the server may serve
// another client between two of them, so each is a step.
func (t tx) Read(_ context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	replies := make([]drivers.Reply, len(cmds))
	refused, first := 0, ""
	for i, cmd := range cmds {
		r := t.send(modelredis.Command, cmd)
		if r.lost {
			return nil, drivers.WithClass(drivers.Unknown, errLost)
		}
		if text := r.replies[0].Err; text != "" {
			refused++
			if first == "" {
				first = text
			}
		}
		replies[i] = r.replies[0].Reply
	}
	if refused > 0 {
		return nil, drivers.PipelineError(first, refused, len(cmds))
	}
	return replies, nil
}

// Exec implements drivers.Tx. Whatever EXEC answers, nothing is watched any more.
func (t tx) Exec(_ context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	r := t.ask(step{kind: request, exec: true, request: modelredis.Request{Kind: modelredis.Transaction, Commands: clone(cmds)}})
	t.watching = ""
	return transacted(r, len(cmds))
}
