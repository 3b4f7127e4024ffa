package rueidis

import (
	"context"
	"sync/atomic"

	"github.com/redis/rueidis"

	"github.com/rlbench/rlbench/drivers"
)

// conn is one client: the connections that it pipelines over, and its pool.
type conn struct {
	client rueidis.Client
	// dedicated holds one token per connection that Watch uses. The client's own
	// wait for a pooled connection does not end with a context, but in a Cluster.
	dedicated chan struct{}
	closed    atomic.Bool
}

// ready refuses an operation of which nothing has been sent.
func (c *conn) ready(ctx context.Context) error {
	if c.closed.Load() {
		return drivers.ErrClosed
	}
	return drivers.WithClass(drivers.Failed, ctx.Err())
}

// Do sends one command.
func (c *conn) Do(ctx context.Context, cmd ...string) (drivers.Reply, error) {
	if err := c.ready(ctx); err != nil {
		return drivers.Reply{}, err
	}
	if len(cmd) == 0 {
		return drivers.Reply{}, drivers.ErrNoCommand
	}
	result := c.client.Do(ctx, build(c.client.B(), cmd))
	message, err := result.ToMessage()
	if err != nil && !rueidis.IsRedisNil(err) {
		return drivers.Reply{}, class(message, err, false)
	}
	reply, err := decode(message)
	return reply, drivers.WithClass(drivers.Unknown, err)
}

// build names the key, by which the client finds the node and spreads commands over
// its connections.
func build(b rueidis.Builder, cmd drivers.Command) rueidis.Completed {
	if len(cmd) == 1 {
		return b.Arbitrary(cmd...).Build()
	}
	return b.Arbitrary(cmd[0]).Keys(cmd[1]).Args(cmd[2:]...).Build()
}

// Multi sends a transaction over a connection that other commands may share: the
// client keeps what it is given in one call together.
func (c *conn) Multi(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	replies, _, err := transact(ctx, c.client, cmds, build)
	return replies, err
}

// Eval sends EVALSHA, and EVAL if the server does not have the script.
func (c *conn) Eval(ctx context.Context, script *drivers.Script, keys, args []string, dst []int64) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	// The client panics on keys of several slots; the server refuses them.
	first, others := keys[:min(1, len(keys))], keys[min(1, len(keys)):]
	b, n := c.client.B(), int64(len(keys))
	err := c.eval(ctx, b.Evalsha().Sha1(script.SHA()).Numkeys(n).Key(first...).Arg(others...).Arg(args...).Build(), dst)
	if err != nil && drivers.IsNoScript(err) {
		err = c.eval(ctx, b.Eval().Script(script.Source()).Numkeys(n).Key(first...).Arg(others...).Arg(args...).Build(), dst)
	}
	return err
}

func (c *conn) eval(ctx context.Context, cmd rueidis.Completed, dst []int64) error {
	message, err := c.client.Do(ctx, cmd).ToMessage()
	if err != nil && !rueidis.IsRedisNil(err) {
		return class(message, err, true)
	}
	return fill(message, dst)
}

// Close closes every connection.
func (c *conn) Close() error {
	if !c.closed.Swap(true) {
		c.client.Close()
	}
	return nil
}
