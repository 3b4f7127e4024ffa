package algotest

import (
	"context"

	"github.com/rlbench/rlbench/drivers"
)

// stepped is a Conn that hands every step to a hook before it is taken: run takes
// it. A hook may act before or after the step, lose it, or lose its reply.
type stepped struct {
	drivers.Conn
	hook func(step string, run func() error) error
}

func (c stepped) Do(ctx context.Context, cmd ...string) (r drivers.Reply, err error) {
	err = c.hook(cmd[0], func() error { r, err = c.Conn.Do(ctx, cmd...); return err })
	return r, err
}

func (c stepped) Multi(ctx context.Context, cmds ...drivers.Command) (r []drivers.Reply, err error) {
	err = c.hook("multi", func() error { r, err = c.Conn.Multi(ctx, cmds...); return err })
	return r, err
}

func (c stepped) Eval(ctx context.Context, s *drivers.Script, keys, args []string, dst []int64) error {
	return c.hook("eval", func() error { return c.Conn.Eval(ctx, s, keys, args, dst) })
}

func (c stepped) Watch(ctx context.Context, keys []string, fn func(drivers.Tx) error) error {
	err := c.hook("watch", func() error { return nil })
	if err != nil {
		return err
	}
	return c.Conn.Watch(ctx, keys, func(tx drivers.Tx) error { return fn(steppedTx{tx, c}) })
}

type steppedTx struct {
	drivers.Tx
	conn stepped
}

func (tx steppedTx) Read(ctx context.Context, cmds ...drivers.Command) (r []drivers.Reply, err error) {
	err = tx.conn.hook("read", func() error { r, err = tx.Tx.Read(ctx, cmds...); return err })
	return r, err
}

func (tx steppedTx) Exec(ctx context.Context, cmds ...drivers.Command) (r []drivers.Reply, err error) {
	err = tx.conn.hook("exec", func() error { r, err = tx.Tx.Exec(ctx, cmds...); return err })
	return r, err
}
