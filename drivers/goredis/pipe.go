package goredis

import (
	"context"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench/drivers"
)

// Pipe implements drivers.Piper, without the automatic pipelining: its connections
// are shared, and nobody else should wait too.
func (c *conn) Pipe(ctx context.Context, key string, cmds ...drivers.Command) ([]drivers.Answer, error) {
	if c.closed.Load() {
		return nil, drivers.ErrClosed
	}
	node, err := c.nodeOf(ctx, key)
	if err != nil {
		return nil, c.learn(drivers.WithClass(drivers.Failed, err))
	}
	answers, err := pipe(ctx, node.Pipeline(), cmds, c.command)
	for _, a := range answers {
		c.redirected(a.Err)
	}
	return answers, c.learn(err)
}

// nodeOf returns the client of the node that serves the key. A Cluster client would
// send those commands of a pipeline that have no key to any node.
func (c *conn) nodeOf(ctx context.Context, key string) (redis.UniversalClient, error) {
	if cluster, ok := c.client.(*redis.ClusterClient); ok {
		return cluster.MasterForKey(ctx, key)
	}
	return c.client, nil
}

// redirected has the nodes looked up again, under every profile: the client of a node
// does not tell that of the Cluster.
func (c *conn) redirected(err error) {
	cluster, ok := c.client.(*redis.ClusterClient)
	if ok && err != nil && strings.HasPrefix(err.Error(), "MOVED ") {
		cluster.ReloadState(context.Background())
	}
}

// Pipe implements drivers.Piper.
func (t transaction) Pipe(ctx context.Context, _ string, cmds ...drivers.Command) ([]drivers.Answer, error) {
	return pipe(ctx, t.tx.Pipeline(), cmds, atNode)
}

// pipe sends a plain pipeline. Where the client has repeated it, an error reply says
// nothing about the first time.
func pipe(ctx context.Context, pipeline redis.Pipeliner, cmds []drivers.Command, prepare func(*command) *command) ([]drivers.Answer, error) {
	sent, err := exec(ctx, pipeline, cmds, prepare)
	if err != nil {
		return nil, err
	}
	answers := make([]drivers.Answer, len(sent))
	for i, cmd := range sent {
		a := &answers[i]
		if a.Reply, a.Err = cmd.reply(); a.Err != nil && (cmd.written != 1 || !isReply(a.Err)) {
			return nil, drivers.WithClass(drivers.Unknown, a.Err)
		}
	}
	return answers, nil
}
