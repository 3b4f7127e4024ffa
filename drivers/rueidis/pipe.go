package rueidis

import (
	"context"

	"github.com/redis/rueidis"

	"github.com/rlbench/rlbench/drivers"
)

// Pipe implements drivers.Piper on a connection of its own: over a shared one, other
// commands would wait too.
func (c *conn) Pipe(ctx context.Context, key string, cmds ...drivers.Command) ([]drivers.Answer, error) {
	client, release, err := c.dedicate(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return pipe(ctx, client, cmds, func(cmd rueidis.Completed) rueidis.Completed { return cmd.SetSlot(key) })
}

// Pipe implements drivers.Piper.
func (t *transaction) Pipe(ctx context.Context, _ string, cmds ...drivers.Command) ([]drivers.Answer, error) {
	return pipe(ctx, t.client, cmds, func(cmd rueidis.Completed) rueidis.Completed { return cmd })
}

// pipe sends the commands together. The first one, as lead makes it, finds the node.
func pipe(ctx context.Context, client rueidis.DedicatedClient, cmds []drivers.Command, lead func(rueidis.Completed) rueidis.Completed) ([]drivers.Answer, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	batch := make([]rueidis.Completed, len(cmds))
	for i, cmd := range cmds {
		batch[i] = pinned(client.B(), cmd)
	}
	batch[0] = lead(batch[0])
	answers := make([]drivers.Answer, len(cmds))
	for i, result := range client.DoMulti(ctx, batch...) {
		if err := result.NonRedisError(); err != nil {
			return nil, class(rueidis.RedisMessage{}, err, false)
		}
		message, _ := result.ToMessage()
		answers[i].Reply, answers[i].Err = decode(message)
	}
	return answers, nil
}
