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
	sent, err := exec(ctx, t.tx.Pipeline(), cmds, atNode)
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
	return transact(ctx, t.tx.TxPipeline(), cmds, atNode)
}

// atNode prepares a command of a connection that is one node's already.
func atNode(cmd *command) *command { return cmd }

// transact sends MULTI, the commands and EXEC.
func transact(ctx context.Context, pipe redis.Pipeliner, cmds []drivers.Command, prepare func(*command) *command) ([]drivers.Reply, error) {
	sent, err := exec(ctx, pipe, cmds, prepare)
	if err != nil {
		return nil, err
	}
	replies, _, first := drivers.Collect(sent, (*command).reply)
	if first != nil {
		return nil, outcome(sent, first)
	}
	return replies, nil
}

// outcome classes the first error of a transaction. A Cluster client returns what
// EXEC answered not as the error of the whole, but as that of a command which has
// none of its own.
func outcome(sent []*command, first error) error {
	for _, cmd := range sent {
		err := cmd.Err()
		if cmd.written != 1 || !isReply(err) {
			continue
		}
		if discarded := drivers.TransactionError(err.Error()); drivers.ClassOf(discarded) == drivers.Failed {
			return discarded
		}
	}
	return drivers.WithClass(drivers.Unknown, first)
}

// exec sends the commands through pipe. Its error concerns all of them; that of
// a single command stays there.
func exec(ctx context.Context, pipe redis.Pipeliner, cmds []drivers.Command, prepare func(*command) *command) ([]*command, error) {
	if len(cmds) == 0 {
		return nil, drivers.ErrNoCommand
	}
	sent := make([]*command, len(cmds))
	for i, cmd := range cmds {
		sent[i] = prepare(newCommand(ctx, cmd))
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
