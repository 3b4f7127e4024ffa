package goredis

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench/drivers"
)

// transaction is the connection inside Watch.
type transaction struct{ tx *redis.Tx }

// Read sends a plain pipeline.
func (t transaction) Read(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	sent, err := exec(ctx, t.tx.Pipeline(), cmds)
	if err != nil {
		return nil, err
	}
	replies, refused, first := drivers.Collect(sent, (*command).reply)
	if first == nil {
		return replies, nil
	}
	if sent[0].written > 1 {
		return nil, drivers.WithClass(drivers.Unknown, first)
	}
	return nil, drivers.PipelineError(first.Error(), refused, len(sent))
}

// Exec sends a transaction.
func (t transaction) Exec(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	return transact(ctx, t.tx.TxPipeline(), cmds)
}

// transact sends MULTI, the commands and EXEC.
func transact(ctx context.Context, pipe redis.Pipeliner, cmds []drivers.Command) ([]drivers.Reply, error) {
	sent, err := exec(ctx, pipe, cmds)
	if err != nil {
		return nil, err
	}
	replies, _, first := drivers.Collect(sent, (*command).reply)
	if first != nil {
		return nil, drivers.WithClass(drivers.Unknown, first)
	}
	return replies, nil
}

// exec sends the commands through pipe. Its error concerns all of them; that of
// a single command stays there.
func exec(ctx context.Context, pipe redis.Pipeliner, cmds []drivers.Command) ([]*command, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	sent := make([]*command, len(cmds))
	for i, cmd := range cmds {
		sent[i] = newCommand(ctx, cmd)
		_ = pipe.Process(ctx, sent[i]) // queues; never fails
	}
	_, err := pipe.Exec(ctx)
	lead := sent[0]
	switch {
	case err == redis.TxFailedErr && lead.written == 1:
		return nil, drivers.ErrAborted
	case err != nil && lead.written == 1 && redis.IsExecAbortError(err):
		return nil, drivers.TransactionError(err.Error())
	case err != nil && (lead.written == 0 || !isReply(err)):
		return nil, lead.class(err, false)
	}
	return sent, nil
}
