package goredis

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench/drivers"
)

// conn is one client and its pool, in a Cluster one pool per node.
type conn struct {
	client redis.UniversalClient
	auto   *redis.AutoPipeliner // nil without automatic pipelining
	honour bool                 // deadlines end operations
	routes bool                 // the client finds the node of each key
	once   bool                 // and must not repeat a command
	reload func()               // has it look up the nodes again; nil as shipped
	closed atomic.Bool
}

// Do sends one command.
func (c *conn) Do(ctx context.Context, cmd ...string) (drivers.Reply, error) {
	if len(cmd) == 0 {
		return drivers.Reply{}, drivers.ErrNoCommand
	}
	if c.auto != nil {
		cmd = slices.Clone(cmd) // the pipeliner may read it after the caller has left
	}
	sent := c.command(newCommand(ctx, cmd))
	if err := c.process(ctx, sent, false); err != nil {
		return drivers.Reply{}, err
	}
	return sent.reply()
}

// Multi sends a transaction over a connection of the pool.
func (c *conn) Multi(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	if c.closed.Load() {
		return nil, drivers.ErrClosed
	}
	replies, err := transact(ctx, c.client.TxPipeline(), cmds, c.command)
	return replies, c.learn(err)
}

// Watch runs fn on a connection of its own. go-redis sends UNWATCH after fn
// unless EXEC already ended the watch.
func (c *conn) Watch(ctx context.Context, keys []string, fn func(drivers.Tx) error) error {
	if c.closed.Load() {
		return drivers.ErrClosed
	}
	ran := false
	err := c.client.Watch(ctx, func(tx *redis.Tx) error {
		ran = true
		return fn(transaction{tx})
	}, keys...)
	switch {
	case ran:
		return c.learn(err)
	case err == nil:
		err = errCircle
	}
	return c.learn(drivers.WithClass(drivers.Failed, err))
}

// errCircle stands for a WATCH that was redirected until go-redis gave up, which it
// does without an error: while a slot moves, its old node sends WATCH to the new one,
// and that one back.
var errCircle = errors.New("the nodes redirect WATCH in a circle")

// Close closes every connection.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	return c.client.Close()
}

// process sends one command and classes its error; nil may stand for a nil reply.
func (c *conn) process(ctx context.Context, cmd *command, script bool) error {
	switch {
	case c.closed.Load():
		return drivers.ErrClosed
	case c.auto != nil:
		return c.learn(c.enqueue(ctx, cmd, script))
	}
	return c.learn(cmd.class(c.client.Process(ctx, cmd), script))
}

// enqueue hands the command to the pipeliner, which goes on with it after the
// caller has left: the arguments must be copies.
func (c *conn) enqueue(ctx context.Context, cmd *command, script bool) error {
	if ctx.Err() != nil {
		return drivers.WithClass(drivers.Failed, ctx.Err())
	}
	wait := ctx
	if !c.honour {
		wait = context.WithoutCancel(ctx)
	}
	err := c.auto.Submit(ctx, cmd).WaitContext(wait)
	if err == nil || err == redis.Nil {
		return nil
	}
	// The pipeliner asks for arguments for its own ends, so written says nothing;
	// but it does not repeat.
	if isReply(err) {
		return drivers.ReplyError(err.Error(), script)
	}
	if drivers.ClassOf(err) == drivers.Failed {
		return err
	}
	return drivers.WithClass(drivers.Unknown, err)
}
