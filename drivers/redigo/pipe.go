package redigo

import (
	"context"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/rlbench/rlbench/drivers"
)

// Pipe implements drivers.Piper.
func (c *conn) Pipe(ctx context.Context, key string, cmds ...drivers.Command) ([]drivers.Answer, error) {
	cn, err := c.get(ctx, []string{key})
	if err != nil {
		c.servers.again(err)
		return nil, err
	}
	defer cn.Close()
	return transaction{c, cn}.Pipe(ctx, key, cmds...)
}

// Pipe implements drivers.Piper. It receives the replies one by one: the library
// learns of a redirection only so.
func (t transaction) Pipe(ctx context.Context, _ string, cmds ...drivers.Command) ([]drivers.Answer, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	timeout, err := t.timeout(ctx)
	if err != nil {
		return nil, err
	}
	for _, cmd := range cmds {
		if err := t.cn.Send(cmd[0], box(nil, cmd[1:])...); err != nil {
			return nil, t.lost(err)
		}
	}
	if err := t.cn.Flush(); err != nil {
		return nil, t.lost(err)
	}
	return t.receive(len(cmds), timeout)
}

// receive reads the replies, all of them within the timeout; 0 for none.
func (t transaction) receive(n int, timeout time.Duration) ([]drivers.Answer, error) {
	answers, began := make([]drivers.Answer, n), time.Now()
	for i := range answers {
		left := timeout
		if timeout > 0 {
			left = max(timeout-time.Since(began), time.Nanosecond)
		}
		v, err := redis.ReceiveWithTimeout(t.cn, left)
		if _, ok := err.(redis.Error); err != nil && !ok {
			return nil, t.lost(err)
		}
		t.servers.again(err)
		if answers[i].Err = err; err == nil {
			answers[i].Reply, answers[i].Err = drivers.FromAny(v)
		}
	}
	return answers, nil
}

// lost classes the error of a trip, and has the client learn from it.
func (t transaction) lost(err error) error {
	t.servers.again(err)
	return class(err, false)
}
