package drivers

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Piper is a Conn, or the Tx inside its Watch, that sends commands as they are.
// Waiting needs it of an adapter.
type Piper interface {
	// Pipe sends the commands together over one connection to the node of key, in one
	// round trip and NOT atomically, and returns one answer per command. The connection
	// of a Tx has found its node. It follows no redirection of a Cluster, where half of
	// the commands might stay behind, but has the client learn of it. The error is that
	// of the trip, classed.
	Pipe(ctx context.Context, key string, cmds ...Command) ([]Answer, error)
}

// Answer is what a server answered to one of several commands.
type Answer struct {
	Reply Reply
	Err   error // an error reply, not classed
}

func (a Answer) get() (Reply, error) { return a.Reply, a.Err }

// Waiting returns conn, or if the options ask for it a Conn on top that has every
// step which may write acknowledged by replicas before it succeeds: WAIT follows in
// the same round trip, on the same connection, because it counts the replicas that
// have what this very connection wrote.
//
// Nothing is undone where too few replicas answer: the error is Unknown, for the
// write may survive a failover or not. A redirection of a Cluster is not followed but
// Failed; the client learns of it, and the next step goes to the right node.
func Waiting(conn interface {
	Conn
	Piper
}, with Options) Conn {
	if with.Wait <= 0 {
		return conn
	}
	return &waiting{Conn: conn, piper: conn, with: with, command: Cmd("WAIT",
		strconv.Itoa(with.Wait), strconv.FormatInt(with.Patience().Milliseconds(), 10))}
}

// shippedWaitTimeout bounds WAIT where the options do not.
const shippedWaitTimeout = 500 * time.Millisecond

// Patience is how long a write waits for its replicas at most; 0 if it does not.
func (o Options) Patience() time.Duration {
	if o.Wait <= 0 {
		return 0
	}
	return cmp.Or(o.WaitTimeout, shippedWaitTimeout)
}

// Patient returns a read timeout that leaves the server its time for WAIT. One that is
// no bound stays none.
func (o Options) Patient(timeout time.Duration) time.Duration {
	if timeout <= 0 {
		return timeout
	}
	return timeout + o.Patience()
}

// waiting is a Conn whose writes wait for replicas.
type waiting struct {
	Conn
	piper   Piper
	with    Options
	command Command
}

// reads are the commands after which there is nothing to wait for. What is not in the
// list waits: where it wrote nothing, its replicas answer at once.
var reads = map[string]bool{
	"PING": true, "ECHO": true, "TIME": true, "INFO": true, "ROLE": true, "HELLO": true, "SCAN": true,
	"GET": true, "MGET": true, "STRLEN": true, "EXISTS": true, "TYPE": true,
	"TTL": true, "PTTL": true, "EXPIRETIME": true, "PEXPIRETIME": true, "MEMORY": true,
	"HGET": true, "HMGET": true, "HGETALL": true, "HLEN": true,
	"ZCARD": true, "ZCOUNT": true, "ZSCORE": true, "ZRANGE": true, "ZRANGEBYSCORE": true,
}

// readOnly says that none of the commands writes.
func readOnly(cmds []Command) bool {
	for _, cmd := range cmds {
		if len(cmd) == 0 || !reads[strings.ToUpper(cmd[0])] {
			return false
		}
	}
	return true
}

// keyOf is the key by which the commands find their node: the first that there is.
func keyOf(cmds ...Command) string {
	for _, cmd := range cmds {
		if len(cmd) > 1 {
			return cmd[1]
		}
	}
	return ""
}

// send sends the commands and WAIT. An error of decode, which reads the answers to
// the commands, comes first: what was refused needs no replicas.
func (w *waiting) send(ctx context.Context, to Piper, key string, cmds []Command, decode func([]Answer) error) error {
	batch := make([]Command, 0, len(cmds)+1)
	answers, err := to.Pipe(ctx, key, append(append(batch, cmds...), w.command)...)
	if err != nil {
		return err
	}
	if err := decode(answers[:len(cmds)]); err != nil {
		return err
	}
	return w.acknowledged(answers[len(cmds)])
}

// acknowledged reads the answer to WAIT. It is an error where the server has been
// made a replica meanwhile.
func (w *waiting) acknowledged(a Answer) error {
	switch {
	case a.Err != nil:
		return WithClass(Unknown, fmt.Errorf("written, but the server cannot wait for replicas: %w", a.Err))
	case a.Reply.Int < int64(w.with.Wait):
		return WithClass(Unknown, fmt.Errorf("written, but acknowledged by %d of %d replicas within %s",
			a.Reply.Int, w.with.Wait, w.with.Patience()))
	}
	return nil
}

// Do implements Conn.
func (w *waiting) Do(ctx context.Context, cmd ...string) (reply Reply, err error) {
	if len(cmd) == 0 {
		return Reply{}, ErrNoCommand
	}
	cmds := []Command{cmd}
	if readOnly(cmds) {
		return w.Conn.Do(ctx, cmd...)
	}
	err = w.send(ctx, w.piper, keyOf(cmd), cmds, func(answers []Answer) error {
		if answers[0].Err != nil {
			return ReplyError(answers[0].Err.Error(), false)
		}
		reply = answers[0].Reply
		return nil
	})
	return reply, err
}

// Multi implements Conn.
func (w *waiting) Multi(ctx context.Context, cmds ...Command) ([]Reply, error) {
	if readOnly(cmds) {
		return w.Conn.Multi(ctx, cmds...)
	}
	return w.transact(ctx, w.piper, cmds)
}

// transact sends MULTI, the commands, EXEC and WAIT.
func (w *waiting) transact(ctx context.Context, to Piper, cmds []Command) (replies []Reply, err error) {
	batch := make([]Command, 0, len(cmds)+2)
	batch = append(append(append(batch, Cmd("MULTI")), cmds...), Cmd("EXEC"))
	err = w.send(ctx, to, keyOf(cmds...), batch, func(answers []Answer) (err error) {
		replies, err = executed(answers[len(answers)-1], len(cmds))
		return err
	})
	return replies, err
}

// executed reads the answer to EXEC.
func executed(exec Answer, sent int) ([]Reply, error) {
	switch {
	case exec.Err != nil:
		return nil, TransactionError(exec.Err.Error())
	case exec.Reply.IsNil():
		return nil, ErrAborted
	}
	return Transacted(exec.Reply.Items, sent, func(r Reply) (Reply, error) { return r, nil })
}

// Eval implements Conn.
func (w *waiting) Eval(ctx context.Context, script *Script, keys, args []string, dst []int64) error {
	err := w.eval(ctx, "EVALSHA", script.SHA(), keys, args, dst)
	if err != nil && IsNoScript(err) {
		err = w.eval(ctx, "EVAL", script.Source(), keys, args, dst)
	}
	return err
}

func (w *waiting) eval(ctx context.Context, name, script string, keys, args []string, dst []int64) error {
	cmd := make(Command, 0, 3+len(keys)+len(args))
	cmd = append(append(append(cmd, name, script, strconv.Itoa(len(keys))), keys...), args...)
	key := ""
	if len(keys) > 0 {
		key = keys[0]
	}
	return w.send(ctx, w.piper, key, []Command{cmd}, func(answers []Answer) error {
		if answers[0].Err != nil {
			return ReplyError(answers[0].Err.Error(), true)
		}
		return FillInts(answers[0].Reply, dst)
	})
}

// Watch implements Conn.
func (w *waiting) Watch(ctx context.Context, keys []string, fn func(Tx) error) error {
	return w.Conn.Watch(ctx, keys, func(tx Tx) error { return fn(waitingTx{tx, tx.(Piper), w}) })
}

// waitingTx is the connection inside Watch.
type waitingTx struct {
	Tx
	piper Piper
	wait  *waiting
}

// Read implements Tx.
func (t waitingTx) Read(ctx context.Context, cmds ...Command) (replies []Reply, err error) {
	if readOnly(cmds) {
		return t.Tx.Read(ctx, cmds...)
	}
	err = t.wait.send(ctx, t.piper, keyOf(cmds...), cmds, func(answers []Answer) error {
		all, refused, first := Collect(answers, Answer.get)
		if first != nil {
			return PipelineError(first.Error(), refused, len(cmds))
		}
		replies = all
		return nil
	})
	return replies, err
}

// Exec implements Tx.
func (t waitingTx) Exec(ctx context.Context, cmds ...Command) ([]Reply, error) {
	if readOnly(cmds) {
		return t.Tx.Exec(ctx, cmds...)
	}
	return t.wait.transact(ctx, t.piper, cmds)
}
