package redigo

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/rlbench/rlbench/drivers"
)

// source hands out connections: a pool, or in a Cluster the pools of its nodes.
type source interface {
	// get takes a connection to the node of the keys. Its errors are from before any
	// command was sent.
	get(ctx context.Context, keys []string) (redis.Conn, error)
	// do sends one command over a connection of get.
	do(cn redis.Conn, timeout time.Duration, name string, args []any) (any, error)
	// again learns from the error of an attempt, nil too, and reports whether it was
	// refused with the address of another node, to which get now leads.
	again(err error) bool
	Close() error
}

// attempts bounds how often a command is sent to the node that the last one named.
const attempts = 4

// conn is a source of connections with the rules of their use.
type conn struct {
	servers     source
	readTimeout time.Duration // 0 for none
	honour      bool

	// mu keeps Close from running while an operation waits for a connection: the
	// pool panics if a context ends between the two.
	mu     sync.RWMutex
	closed bool
}

// get takes a connection to the node of the keys. Its error is Failed.
func (c *conn) get(ctx context.Context, keys []string) (redis.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, drivers.WithClass(drivers.Failed, err)
	}
	if !c.honour {
		ctx = context.WithoutCancel(ctx)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return nil, drivers.ErrClosed
	}
	cn, err := c.servers.get(ctx, keys)
	return cn, drivers.WithClass(drivers.Failed, err)
}

// timeout returns how long a read may take: the read timeout or what is left
// until the deadline; 0 for ever. Its error is Failed, so it is asked before
// anything is queued for the connection.
//
// The deadline becomes the timeout of the read because DoContext would start a
// goroutine for each command, and leave it running on the arguments when the
// deadline has passed.
func (c *conn) timeout(ctx context.Context) (time.Duration, error) {
	deadline, ok := ctx.Deadline()
	if !ok || !c.honour {
		return c.readTimeout, nil
	}
	left := time.Until(deadline)
	if left <= 0 {
		return 0, drivers.WithClass(drivers.Failed, context.DeadlineExceeded)
	}
	if c.readTimeout > 0 {
		left = min(left, c.readTimeout)
	}
	return left, nil
}

// Do sends one command.
func (c *conn) Do(ctx context.Context, cmd ...string) (drivers.Reply, error) {
	if len(cmd) == 0 {
		return drivers.Reply{}, drivers.ErrNoCommand
	}
	v, err := c.do(ctx, keyOf(cmd), cmd[0], box(nil, cmd[1:]), false)
	if err != nil {
		return drivers.Reply{}, err
	}
	reply, err := drivers.FromAny(v)
	return reply, drivers.WithClass(drivers.Unknown, err)
}

// keyOf returns the key of a command, or nothing.
func keyOf(cmd drivers.Command) []string { return cmd[min(1, len(cmd)):min(2, len(cmd))] }

// do sends one command, and again if it was refused by a node that the key has left.
func (c *conn) do(ctx context.Context, keys []string, name string, args []any, script bool) (v any, err error) {
	for range attempts {
		if v, err = c.try(ctx, keys, name, args); !c.servers.again(err) {
			break
		}
	}
	return v, class(err, script)
}

func (c *conn) try(ctx context.Context, keys []string, name string, args []any) (any, error) {
	cn, err := c.get(ctx, keys)
	if err != nil {
		return nil, err
	}
	defer cn.Close()
	timeout, err := c.timeout(ctx)
	if err != nil {
		return nil, err
	}
	return c.servers.do(cn, timeout, name, args)
}

// Multi sends a transaction, and again if it was discarded by a node that the keys
// have left.
func (c *conn) Multi(ctx context.Context, cmds ...drivers.Command) (replies []drivers.Reply, err error) {
	keys := make([]string, 0, len(cmds))
	for _, cmd := range cmds {
		keys = append(keys, keyOf(cmd)...)
	}
	for again, n := true, 0; again && n < attempts; n++ {
		replies, again, err = c.multi(ctx, keys, cmds)
	}
	return replies, err
}

func (c *conn) multi(ctx context.Context, keys []string, cmds []drivers.Command) (_ []drivers.Reply, again bool, _ error) {
	cn, err := c.get(ctx, keys)
	if err != nil {
		return nil, c.servers.again(err), err
	}
	defer cn.Close()
	return transaction{c, cn}.exec(ctx, cmds)
}

// Eval sends EVALSHA, and EVAL if the server does not have the script.
func (c *conn) Eval(ctx context.Context, script *drivers.Script, keys, args []string, dst []int64) error {
	err := c.eval(ctx, "EVALSHA", script.SHA(), keys, args, dst)
	if err != nil && drivers.IsNoScript(err) {
		err = c.eval(ctx, "EVAL", script.Source(), keys, args, dst)
	}
	return err
}

// argLists holds argument lists of finished calls. redigo writes and reads on
// the caller's goroutine and keeps nothing.
var argLists = sync.Pool{New: func() any { return new([]any) }}

func (c *conn) eval(ctx context.Context, name, script string, keys, args []string, dst []int64) error {
	list := argLists.Get().(*[]any)
	all := append((*list)[:0], script, len(keys))
	all = box(box(all, keys), args)
	v, err := c.do(ctx, keys, name, all, true)
	if err == nil {
		err = drivers.FillAny(v, dst)
	}
	clear(all)
	*list = all
	argLists.Put(list)
	return err
}

func box(dst []any, args []string) []any {
	for _, arg := range args {
		dst = append(dst, arg)
	}
	return dst
}

// Close closes every connection.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return c.servers.Close()
}

// class classes the error of a round trip. One that is Failed was noticed before
// anything was queued; of redigo's own, only an error reply proves anything.
func class(err error, script bool) error {
	var reply redis.Error
	if errors.As(err, &reply) {
		return drivers.ReplyError(string(reply), script)
	}
	if drivers.ClassOf(err) == drivers.Failed {
		return err
	}
	return drivers.WithClass(drivers.Unknown, err)
}
