package rueidis

import (
	"context"

	"github.com/redis/rueidis"

	"github.com/rlbench/rlbench/drivers"
)

// dedicate returns a connection for one user, once there is a free one. Its error is
// Failed.
func (c *conn) dedicate(ctx context.Context) (_ rueidis.DedicatedClient, release func(), _ error) {
	if err := c.ready(ctx); err != nil {
		return nil, nil, err
	}
	select {
	case c.dedicated <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, drivers.WithClass(drivers.Failed, ctx.Err())
	}
	client, give := c.client.Dedicate()
	return client, func() {
		give()
		<-c.dedicated
	}, nil
}

// Watch runs fn on a connection of its own. The client does not undo a WATCH when
// it takes the connection back: this adapter does, or closes it. A dial for a new
// connection ends with the dial timeout, not with ctx, which the client does not
// pass on.
func (c *conn) Watch(ctx context.Context, keys []string, fn func(drivers.Tx) error) error {
	client, release, err := c.dedicate(ctx)
	if err != nil {
		return err
	}
	t := &transaction{client: client, watching: true}
	defer func() {
		t.unwatch(ctx)
		release()
	}()
	result := client.Do(ctx, build(client.B(), append(drivers.Cmd("WATCH"), keys...)))
	if message, err := result.ToMessage(); err != nil {
		return drivers.WithClass(drivers.Failed, class(message, err, false))
	}
	return fn(t)
}

// transaction is the connection inside Watch.
type transaction struct {
	client   rueidis.DedicatedClient
	watching bool
}

// unwatch leaves nothing watched on a connection that returns to the pool. When
// UNWATCH fails, as it does once ctx is over, the connection does not return.
func (t *transaction) unwatch(ctx context.Context) {
	if t.watching && t.client.Do(ctx, t.client.B().Unwatch().Build()).Error() != nil {
		t.client.Close()
	}
}

// pinned names no key: WATCH has found the node, and the client would panic on a key
// of another slot instead of having the server refuse it.
func pinned(b rueidis.Builder, cmd drivers.Command) rueidis.Completed {
	return b.Arbitrary(cmd...).Build()
}

// Read sends a plain pipeline.
func (t *transaction) Read(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	batch := make([]rueidis.Completed, len(cmds))
	for i, cmd := range cmds {
		batch[i] = pinned(t.client.B(), cmd)
	}
	results := t.client.DoMulti(ctx, batch...)
	messages := make([]rueidis.RedisMessage, len(results))
	for i, result := range results {
		if err := result.NonRedisError(); err != nil {
			return nil, class(rueidis.RedisMessage{}, err, false)
		}
		messages[i], _ = result.ToMessage()
	}
	replies, refused, first := drivers.Collect(messages, decode)
	if first != nil {
		return nil, drivers.PipelineError(first.Error(), refused, len(cmds))
	}
	return replies, nil
}

// Exec sends a transaction.
func (t *transaction) Exec(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	replies, answered, err := transact(ctx, t.client, cmds, pinned)
	if answered {
		t.watching = false
	}
	return replies, err
}

// builder builds a command for a client.
type builder func(rueidis.Builder, drivers.Command) rueidis.Completed

// transact sends MULTI, the commands and EXEC. answered says that EXEC was
// answered, which ends a watch whatever the answer.
//
// In a Cluster the client sends MULTI and EXEC, which have no key, where the
// commands between them go, and repeats all of them together when they are redirected.
func transact(ctx context.Context, client rueidis.CoreClient, cmds []drivers.Command, build builder) (replies []drivers.Reply, answered bool, err error) {
	if len(cmds) == 0 {
		return nil, false, drivers.ErrNoCommand
	}
	batch := make([]rueidis.Completed, 0, len(cmds)+2)
	batch = append(batch, client.B().Multi().Build())
	for _, cmd := range cmds {
		batch = append(batch, build(client.B(), cmd))
	}
	if crossSlot(batch[1:]) {
		return nil, false, drivers.ErrCrossSlot
	}
	batch = append(batch, client.B().Exec().Build())
	results := client.DoMulti(ctx, batch...)
	exec := results[len(results)-1]
	if err := exec.NonRedisError(); err != nil {
		return nil, false, class(rueidis.RedisMessage{}, err, false)
	}
	replies, err = outcome(exec, len(cmds))
	return replies, true, err
}

// crossSlot reports whether the keys lie in several slots of a Cluster, on which the
// client panics. Commands without a key, and those for other servers, have a number
// that is none of a slot.
func crossSlot(batch []rueidis.Completed) bool {
	const slots = 1 << 14
	first := uint16(slots)
	for _, cmd := range batch {
		switch slot := cmd.Slot(); {
		case slot >= slots || slot == first:
		case first == slots:
			first = slot
		default:
			return true
		}
	}
	return false
}

// outcome reads the reply of EXEC: nil, as an error, for an aborted transaction.
func outcome(exec rueidis.RedisResult, sent int) ([]drivers.Reply, error) {
	message, err := exec.ToMessage()
	switch {
	case rueidis.IsRedisNil(err):
		return nil, drivers.ErrAborted
	case err != nil:
		return nil, drivers.TransactionError(replyError(message, err).Error())
	}
	items, err := message.ToArray()
	if err != nil {
		return nil, drivers.WithClass(drivers.Unknown, err)
	}
	return drivers.Transacted(items, sent, decode)
}
