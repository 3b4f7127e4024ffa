package rueidis

import (
	"context"

	"github.com/redis/rueidis"

	"github.com/rlbench/rlbench/drivers"
)

// Watch runs fn on a connection of its own. The client does not undo a WATCH when
// it takes the connection back: this adapter does, or closes it. A dial for a new
// connection ends with the dial timeout, not with ctx, which the client does not
// pass on.
func (c *conn) Watch(ctx context.Context, keys []string, fn func(drivers.Tx) error) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	select {
	case c.dedicated <- struct{}{}:
		defer func() { <-c.dedicated }()
	case <-ctx.Done():
		return drivers.WithClass(drivers.Failed, ctx.Err())
	}
	client, release := c.client.Dedicate()
	t := &transaction{client: client, watching: true}
	defer func() {
		t.unwatch(ctx)
		release()
	}()
	result := client.Do(ctx, client.B().Watch().Key(keys...).Build())
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

// Read sends a plain pipeline.
func (t *transaction) Read(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	batch := make([]rueidis.Completed, len(cmds))
	for i, cmd := range cmds {
		batch[i] = build(t.client.B(), cmd)
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
	replies, answered, err := transact(ctx, t.client, cmds)
	if answered {
		t.watching = false
	}
	return replies, err
}

// transact sends MULTI, the commands and EXEC. answered says that EXEC was
// answered, which ends a watch whatever the answer.
func transact(ctx context.Context, client rueidis.CoreClient, cmds []drivers.Command) (replies []drivers.Reply, answered bool, err error) {
	if len(cmds) == 0 {
		return nil, false, drivers.ErrNoCommand
	}
	batch := make([]rueidis.Completed, 0, len(cmds)+2)
	batch = append(batch, client.B().Multi().Build())
	for _, cmd := range cmds {
		batch = append(batch, build(client.B(), cmd))
	}
	batch = append(batch, client.B().Exec().Build())
	results := client.DoMulti(ctx, batch...)
	exec := results[len(results)-1]
	if err := exec.NonRedisError(); err != nil {
		return nil, false, class(rueidis.RedisMessage{}, err, false)
	}
	replies, err = outcome(exec)
	return replies, true, err
}

// outcome reads the reply of EXEC: nil, as an error, for an aborted transaction.
func outcome(exec rueidis.RedisResult) ([]drivers.Reply, error) {
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
	replies, _, first := drivers.Collect(items, decode)
	return replies, drivers.WithClass(drivers.Unknown, first)
}
