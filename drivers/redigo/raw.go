package redigo

import (
	"context"
	"fmt"

	"github.com/gomodule/redigo/redis"

	"github.com/rlbench/rlbench/drivers"
)

// Raw is one connection on which commands are sent as they are and replies are taken
// as they come, errors included: what confirms a model of Redis, not what a technique
// runs on. It repeats and classes nothing. It is not safe for concurrent use.
type Raw struct {
	cn   redis.Conn
	args []any
	// release ends the watch over the context.
	release func() bool
}

// DialRaw connects to a server: "tcp" and host:port, or "unix" and the path of a
// socket. The end of ctx closes the connection, so that no read waits for ever.
func DialRaw(ctx context.Context, network, addr string) (*Raw, error) {
	cn, err := redis.DialContext(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("dial server: %w", err)
	}
	release := context.AfterFunc(ctx, func() { _ = cn.Close() })
	return &Raw{cn: cn, release: release}, nil
}

// Send queues a command. It is on its way at the latest after Flush.
func (r *Raw) Send(cmd ...string) error {
	if len(cmd) == 0 {
		return drivers.ErrNoCommand
	}
	r.args = box(r.args[:0], cmd[1:])
	if err := r.cn.Send(cmd[0], r.args...); err != nil {
		return fmt.Errorf("send %s: %w", cmd[0], err)
	}
	return nil
}

// Flush sends what is queued.
func (r *Raw) Flush() error {
	if err := r.cn.Flush(); err != nil {
		return fmt.Errorf("send commands: %w", err)
	}
	return nil
}

// Receive returns the reply to the oldest command that has none yet. An error reply is
// in the answer; the error returned says that the connection is of no more use.
func (r *Raw) Receive() (drivers.Answer, error) {
	v, err := r.receive()
	if err != nil {
		return drivers.Answer{}, err
	}
	return answer(v), nil
}

// ReceiveExec is Receive for EXEC: one answer per command of the transaction, each
// with an error of its own. It returns none if EXEC answered nil, because a watched
// key had changed, and the one error of EXEC if it ran nothing for another reason.
func (r *Raw) ReceiveExec() ([]drivers.Answer, error) {
	v, err := r.receive()
	if err != nil || v == nil {
		return nil, err
	}
	items, ok := v.([]any)
	if !ok {
		return []drivers.Answer{answer(v)}, nil
	}
	answers := make([]drivers.Answer, len(items))
	for i, item := range items {
		answers[i] = answer(item)
	}
	return answers, nil
}

// receive reads one reply. That of an error is a redis.Error.
func (r *Raw) receive() (any, error) {
	v, err := r.cn.Receive()
	if refusal, ok := err.(redis.Error); ok {
		return refusal, nil
	}
	if err != nil {
		return nil, fmt.Errorf("receive reply: %w", err)
	}
	return v, nil
}

func answer(v any) drivers.Answer {
	reply, err := drivers.FromAny(v)
	return drivers.Answer{Reply: reply, Err: err}
}

// Do sends one command and returns its reply, after all before it were received. An
// error reply is an error.
func (r *Raw) Do(cmd ...string) (drivers.Reply, error) {
	if err := r.Send(cmd...); err != nil {
		return drivers.Reply{}, err
	}
	if err := r.Flush(); err != nil {
		return drivers.Reply{}, err
	}
	a, err := r.Receive()
	if err == nil && a.Err != nil {
		err = fmt.Errorf("%s: %w", cmd[0], a.Err)
	}
	return a.Reply, err
}

// Close closes the connection.
func (r *Raw) Close() error {
	r.release()
	return r.cn.Close()
}
