package confirm

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Refusal says why a trace cannot be replayed. It is no divergence.
type Refusal struct{ Why string }

// Error begins with what was asked for.
func (r *Refusal) Error() string { return "replay trace: " + r.Why }

// replayable refuses what would have to be faked, and what a server does otherwise.
func replayable(t transcript.Trace, on Target) error {
	emulated := on.SetClock == nil
	for _, s := range t.Steps {
		switch {
		case emulated && s.Kind == transcript.Failover:
			return &Refusal{"without a virtual clock a failover cannot be replayed on one server"}
		case s.Kind == transcript.StepClock:
			return &Refusal{"the trace does not say to what time the server's clock is set"}
		case emulated && slices.ContainsFunc(s.Commands, namesInstant):
			return &Refusal{"without a virtual clock a deadline that the client computes lies in the past: " + s.Op}
		case doesStepOtherwise(on, t, s):
			return &Refusal{otherwise}
		}
	}
	return nil
}

// namesInstant finds a deadline that is given as a point of time.
func namesInstant(cmd []string) bool {
	return slices.ContainsFunc(cmd, func(word string) bool {
		switch strings.ToUpper(word) {
		case "PEXPIREAT", "EXPIREAT", "PXAT", "EXAT":
			return true
		}
		return false
	})
}

// act does a step. sent says that the reply reaches the client, so that it counts.
func (r *replay) act(s transcript.Step) (got string, sent bool, err error) {
	switch s.Kind {
	case transcript.Command, transcript.Transaction, transcript.Watch:
		c, err := r.client(s.Actor)
		if err != nil {
			return "", false, err
		}
		got, err = c.send(s.Commands, s.Kind == transcript.Transaction)
		return got, true, err
	case transcript.LostReply, transcript.Resend:
		return "", false, r.loseReply(s)
	case transcript.Abandon:
		return "", false, r.abandon(s)
	case transcript.LateEffect:
		return "", false, r.arrive(s)
	case transcript.Evict:
		return "", false, r.delete(r.before, s.After)
	case transcript.LoseState:
		return "", false, r.loseState(s)
	case transcript.Failover:
		return "", false, r.failOver(s)
	case transcript.ForgetLua:
		_, err = r.observer.Do("SCRIPT", "FLUSH")
		return "", false, err
	case transcript.Tick, transcript.ReadClock, transcript.ClientDies:
		return "", false, nil // the clock is set; nothing reaches the server
	}
	return "", false, &Refusal{"there is no way to do " + string(s.Kind)}
}

// client returns the connection of a client.
func (r *replay) client(name string) (*client, error) {
	c, ok := r.clients[name]
	if !ok {
		c = &client{}
		r.clients[name] = c
	}
	if c.cn == nil {
		cn, err := r.dial()
		if err != nil {
			return nil, err
		}
		c.cn = cn
	}
	return c, nil
}

// inTransaction tells MULTI..EXEC from a command where a trace has the event in the
// place of the kind: several commands, or whatever follows a WATCH.
func (c *client) inTransaction(commands [][]string) bool {
	name := strings.ToUpper(commands[0][0])
	return len(commands) > 1 || (c.watching || c.cut) && writing(commands[0]) && name != "WATCH" && name != "UNWATCH"
}

func writing(cmd []string) bool {
	w, err := modelredis.Writes(cmd)
	return w || err != nil
}

// loseReply runs a request whose answer the client does not get. That a client closes
// the connection then is of no effect that a trace has.
func (r *replay) loseReply(s transcript.Step) error {
	c, err := r.client(s.Actor)
	if err != nil {
		return err
	}
	_, err = c.send(s.Commands, c.inTransaction(s.Commands))
	return err
}

// abandon keeps a request and the connection that it is on. The client goes on with
// another one.
func (r *replay) abandon(s transcript.Step) error {
	c, err := r.client(s.Actor)
	if err != nil {
		return err
	}
	r.late = append(r.late, &abandoned{commands: s.Commands, over: c})
	delete(r.clients, s.Actor)
	return nil
}

// arrive sends a request that was abandoned: the oldest of those with these commands.
func (r *replay) arrive(s transcript.Step) error {
	i := slices.IndexFunc(r.late, func(a *abandoned) bool {
		return slices.EqualFunc(a.commands, s.Commands, slices.Equal)
	})
	if i < 0 {
		return fmt.Errorf("nobody has abandoned %s", strings.Join(words(s), " · "))
	}
	a := r.late[i]
	r.late = slices.Delete(r.late, i, i+1)
	_, err := a.over.send(a.commands, a.over.inTransaction(a.commands))
	return errors.Join(err, hangUp(a.over))
}

// delete takes away the keys that the trace says are gone.
func (r *replay) delete(before, after []modelredis.Entry) error {
	for _, k := range before {
		if slices.ContainsFunc(after, func(e modelredis.Entry) bool { return e.Key == k.Key }) {
			continue
		}
		if _, err := r.observer.Do("DEL", k.Key); err != nil {
			return err
		}
	}
	return nil
}

// loseState is a restart without the keys: scripts and connections are lost too.
func (r *replay) loseState(s transcript.Step) error {
	if err := r.delete(r.before, s.After); err != nil {
		return err
	}
	if err := r.cut(); err != nil {
		return err
	}
	_, err := r.observer.Do("SCRIPT", "FLUSH")
	return err
}

// cut ends the connections of all clients, and with them what they watch.
func (r *replay) cut() error {
	for _, c := range r.clients {
		c.cut = c.cut || c.watching
		c.watching = false
		if err := hangUp(c); err != nil {
			return err
		}
	}
	return nil
}

func hangUp(c *client) error {
	if c.cn == nil {
		return nil
	}
	var cn *redigo.Raw
	cn, c.cn = c.cn, nil
	return cn.Close()
}
