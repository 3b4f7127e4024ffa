package trace

import (
	"context"
	"slices"
	"sync"

	"github.com/rlbench/rlbench/drivers"
)

// conn numbers the steps of a connection.
type conn struct {
	drivers.Conn
	scripts sync.Map // from each script to the one that is sent in its place
}

// Do sends the command, in a transaction with its number if it may charge.
func (c *conn) Do(ctx context.Context, cmd ...string) (drivers.Reply, error) {
	if markOf(ctx) == nil || counterOf(cmd) == "" {
		return c.Conn.Do(ctx, cmd...)
	}
	replies, err := numbered(ctx, c.Conn.Multi, cmd)
	if err != nil {
		return drivers.Reply{}, err
	}
	return replies[0], nil
}

// Multi sends the transaction with its number.
func (c *conn) Multi(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	return numbered(ctx, c.Conn.Multi, cmds...)
}

// Watch runs fn with a transaction that is numbered.
func (c *conn) Watch(ctx context.Context, keys []string, fn func(drivers.Tx) error) error {
	return c.Conn.Watch(ctx, keys, func(tx drivers.Tx) error { return fn(transaction{tx}) })
}

// transaction is the connection inside Watch.
type transaction struct{ drivers.Tx }

// Exec sends the transaction with its number: none if it is aborted.
func (t transaction) Exec(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	return numbered(ctx, t.Tx.Exec, cmds...)
}

// Eval runs the script that also numbers.
func (c *conn) Eval(ctx context.Context, script *drivers.Script, keys, args []string, dst []int64) error {
	counter := ""
	if len(keys) > 0 {
		counter = counterFor(keys[0])
	}
	if counter == "" {
		return c.Conn.Eval(ctx, script, keys, args, dst)
	}
	mark := markOf(ctx)
	if mark == nil {
		mark = new(Mark)
	}
	*mark = Mark{}
	answer := make([]int64, len(dst)+2)
	if err := c.Conn.Eval(ctx, c.numbering(script), append(slices.Clip(keys), counter), args, answer); err != nil {
		return err
	}
	n := copy(dst, answer)
	*mark = Mark{Node: answer[n], Seq: answer[n+1]}
	return nil
}

// numbering returns the script that is sent in place of another.
func (c *conn) numbering(script *drivers.Script) *drivers.Script {
	if known, ok := c.scripts.Load(script); ok {
		return known.(*drivers.Script)
	}
	known, _ := c.scripts.LoadOrStore(script, derive(script))
	return known.(*drivers.Script)
}
