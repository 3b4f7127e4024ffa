package redigo

import (
	"context"
	"errors"

	"github.com/gomodule/redigo/redis"

	"github.com/rlbench/rlbench/drivers"
)

// Watch runs fn on a connection of its own. The pool sends UNWATCH when it takes
// back a connection that has sent WATCH and no EXEC since.
func (c *conn) Watch(ctx context.Context, keys []string, fn func(drivers.Tx) error) error {
	cn, err := c.watch(ctx, keys)
	for n := 1; c.servers.again(err) && n < attempts; n++ {
		cn, err = c.watch(ctx, keys)
	}
	if err != nil {
		return drivers.WithClass(drivers.Failed, err)
	}
	defer cn.Close()
	return fn(transaction{c, cn})
}

// watch returns a connection on which the keys are watched.
func (c *conn) watch(ctx context.Context, keys []string) (redis.Conn, error) {
	cn, err := c.get(ctx, keys)
	if err != nil {
		return nil, err
	}
	timeout, err := c.timeout(ctx)
	if err == nil {
		_, err = redis.DoWithTimeout(cn, timeout, "WATCH", box(nil, keys)...)
	}
	if err != nil {
		_ = cn.Close()
		return nil, err
	}
	return cn, nil
}

// transaction is the connection inside Watch.
type transaction struct {
	*conn
	cn redis.Conn
}

// Read sends a plain pipeline.
func (t transaction) Read(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	v, err := t.roundTrip(ctx, cmds, "", "")
	t.servers.again(err)
	if err != nil {
		return nil, class(err, false)
	}
	values, _ := v.([]any)
	replies, refused, first := drivers.Collect(values, drivers.FromAny)
	if first != nil {
		return nil, drivers.PipelineError(first.Error(), refused, len(cmds))
	}
	return replies, nil
}

// Exec sends a transaction.
func (t transaction) Exec(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	replies, _, err := t.exec(ctx, cmds)
	return replies, err
}

// exec also reports whether the transaction was discarded by a node that the keys
// have left. The first error since MULTI is the redirection, while EXEC says what
// became of the whole.
func (t transaction) exec(ctx context.Context, cmds []drivers.Command) (_ []drivers.Reply, again bool, _ error) {
	v, first := t.roundTrip(ctx, cmds, "MULTI", "EXEC")
	replies, err := outcome(v, len(cmds), first)
	return replies, t.servers.again(first) && drivers.ClassOf(err) == drivers.Failed, err
}

// roundTrip sends the commands between first and last, which may be empty.
func (t transaction) roundTrip(ctx context.Context, cmds []drivers.Command, first, last string) (any, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	timeout, err := t.timeout(ctx)
	if err != nil {
		return nil, err
	}
	if first != "" {
		if err := t.cn.Send(first); err != nil {
			return nil, err
		}
	}
	for _, cmd := range cmds {
		if err := t.cn.Send(cmd[0], box(nil, cmd[1:])...); err != nil {
			return nil, err
		}
	}
	return redis.DoWithTimeout(t.cn, timeout, last)
}

// outcome reads the reply of EXEC. redigo returns the first error reply since
// MULTI beside it, and a nil reply without an error for an aborted transaction.
func outcome(v any, sent int, err error) ([]drivers.Reply, error) {
	var refusal redis.Error
	switch reply := v.(type) {
	case redis.Error:
		return nil, drivers.TransactionError(string(reply))
	case []any:
		return drivers.Transacted(reply, sent, drivers.FromAny)
	}
	if err == nil {
		return nil, drivers.ErrAborted
	}
	if errors.As(err, &refusal) {
		return nil, drivers.TransactionError(string(refusal))
	}
	return nil, class(err, false)
}
