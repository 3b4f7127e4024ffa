package goredis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench/drivers"
)

// command is a redis.Cmd that knows how often it was written.
//
// go-redis reports a refused dial, a pool without a free connection, a lost
// reply and the outcome of a hidden retry by errors that cannot all be told
// apart. But it asks for the arguments when it writes them, once per attempt,
// and without automatic pipelining for nothing else: never asked means that
// nothing was sent, asked twice that an error says nothing about the first time.
//
// A Cluster client asks for the arguments before that, to find the node: see
// nodeHook.
type command struct {
	*redis.Cmd
	written int
	routed  bool // the node is found: who asks from now on writes
	once    bool // a Cluster client must not repeat it
}

// newCommand keeps pointers into args, which need no allocation to be boxed.
func newCommand(ctx context.Context, args []string) *command {
	return &command{Cmd: redis.NewCmd(ctx, box(make([]any, 0, len(args)), args)...), routed: true}
}

// box appends pointers to the strings.
func box(dst []any, args []string) []any {
	for i := range args {
		dst = append(dst, &args[i])
	}
	return dst
}

// Args returns the arguments and counts the call.
func (c *command) Args() []any {
	if c.routed {
		c.written++
	}
	return c.Cmd.Args()
}

// NoRetry keeps a Cluster client from sending the command again after a lost reply,
// for which it has no setting: it follows redirections and repeats in one loop.
func (c *command) NoRetry() bool { return c.once }

// reply converts the answer of a command without an error.
func (c *command) reply() (drivers.Reply, error) {
	v, err := c.Result()
	if err == redis.Nil {
		return drivers.Reply{}, nil
	}
	if err == nil && v == nil {
		err = errNoReply
	}
	if err != nil {
		return drivers.Reply{}, drivers.WithClass(drivers.Unknown, err)
	}
	reply, err := drivers.FromAny(v)
	return reply, drivers.WithClass(drivers.Unknown, err)
}

// errNoReply stands for a command that go-redis returned without a reply and
// without an error. It does so when the handshake of a new connection was
// answered by an error reply, which it does not copy to pipelined commands.
var errNoReply = errors.New("go-redis returned neither a reply nor an error")

// class classes the error of the command, or of the pipeline that it leads.
func (c *command) class(err error, script bool) error {
	switch {
	case err == nil || err == redis.Nil:
		return nil
	case c.written == 0:
		return drivers.WithClass(drivers.Failed, err)
	case c.written == 1 && isReply(err):
		return drivers.ReplyError(err.Error(), script)
	}
	return drivers.WithClass(drivers.Unknown, err)
}

// isReply reports whether err is an error reply of a server.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}
