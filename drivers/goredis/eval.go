package goredis

import (
	"context"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench/drivers"
)

// Eval sends EVALSHA, and EVAL if the server does not have the script.
func (c *conn) Eval(ctx context.Context, script *drivers.Script, keys, args []string, dst []int64) error {
	err := c.eval(ctx, &evalsha, script.SHA(), keys, args, dst)
	if err != nil && drivers.IsNoScript(err) {
		err = c.eval(ctx, &eval, script.Source(), keys, args, dst)
	}
	return err
}

// The names of the commands, by pointer so that boxing them allocates nothing.
var evalsha, eval = "evalsha", "eval"

// scratch is the memory of one call of Eval.
type scratch struct {
	command
	args   []any
	script string
}

// scratches is used without automatic pipelining only: there go-redis writes and
// reads on the caller's goroutine and holds nothing once the call has returned.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (c *conn) eval(ctx context.Context, verb *string, script string, keys, args []string, dst []int64) error {
	if c.auto != nil {
		return c.evalQueued(ctx, *verb, script, keys, args, dst)
	}
	s := scratches.Get().(*scratch)
	s.script = script
	s.args = append(s.args[:0], verb, &s.script, len(keys))
	s.args = box(box(s.args, keys), args)
	s.command = command{Cmd: redis.NewCmd(ctx, s.args...), routed: !c.routes, once: c.once}
	err := c.process(ctx, &s.command, true)
	if err == nil {
		err = drivers.FillAny(s.Val(), dst)
	}
	clear(s.args)
	s.command = command{}
	scratches.Put(s)
	return err
}

// evalQueued builds arguments of its own, which the pipeliner may keep.
func (c *conn) evalQueued(ctx context.Context, verb, script string, keys, args []string, dst []int64) error {
	all := make([]string, 0, 3+len(keys)+len(args))
	all = append(all, verb, script, strconv.Itoa(len(keys)))
	all = append(append(all, keys...), args...)
	cmd := c.command(newCommand(ctx, all))
	if err := c.process(ctx, cmd, true); err != nil {
		return err
	}
	return drivers.FillAny(cmd.Val(), dst)
}
