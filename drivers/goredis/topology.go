package goredis

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench/drivers"
)

// failover are the settings of a client that asks sentinels for the primary.
func failover(at drivers.Endpoints, o *redis.Options) *redis.FailoverOptions {
	return &redis.FailoverOptions{
		MasterName: at.Primary, SentinelAddrs: at.Addrs,
		SentinelUsername: at.SentinelUsername, SentinelPassword: at.SentinelPassword,
		Username: o.Username, Password: o.Password, DB: o.DB,
		MaxRetries: o.MaxRetries, DialerRetries: o.DialerRetries,
		PoolSize: o.PoolSize, PipelinePoolSize: o.PipelinePoolSize,
		Dialer: o.Dialer, DialTimeout: o.DialTimeout,
		ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		ContextTimeoutEnabled: o.ContextTimeoutEnabled,
		DisableIdentity:       o.DisableIdentity,
	}
}

// cluster are the settings of a Cluster client, which routes by the key alone: to
// send a command to several nodes would be several steps.
func cluster(at drivers.Endpoints, o *redis.Options) *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Addrs:    at.Addrs,
		Username: o.Username, Password: o.Password,
		MaxRedirects: max(o.MaxRetries, 0), DialerRetries: o.DialerRetries,
		PoolSize: o.PoolSize, PipelinePoolSize: o.PipelinePoolSize,
		Dialer: o.Dialer, DialTimeout: o.DialTimeout,
		ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		ContextTimeoutEnabled:    o.ContextTimeoutEnabled,
		DisableIdentity:          o.DisableIdentity,
		MaintNotificationsConfig: o.MaintNotificationsConfig,
		DisableRoutingPolicies:   true,
	}
}

// reloadInterval is how old the map of a Cluster may get. As shipped it is a minute,
// and no error but a redirection shortens that: after a failover the client would
// call the dead primary all the while.
const reloadInterval = time.Second

func newClusterConn(at drivers.Endpoints, with drivers.Options) *conn {
	o := cluster(at, settings(at, with))
	once := with.Retries == drivers.NoRetries
	if once {
		o.ClusterStateReloadInterval = reloadInterval
	}
	client := redis.NewClusterClient(o)
	client.SetCommandInfoResolver(nil) // the routing policies of pipelines
	client.OnNewNode(func(node *redis.Client) { node.AddHook(nodeHook{}) })
	c := &conn{client: client, honour: with.HonourDeadline, routes: true}
	c.once = once || with.Pipelining == drivers.Pipelined
	if once {
		c.reload = func() { client.ReloadState(context.Background()) }
	}
	return c
}

// command prepares a command for the client.
func (c *conn) command(cmd *command) *command {
	cmd.routed, cmd.once = !c.routes, c.once
	return cmd
}

// learn has the nodes looked up again after an error, in the background and at most
// every 200 ms, which the client sees to. It returns the error.
func (c *conn) learn(err error) error {
	if err != nil && c.reload != nil && !errors.Is(err, drivers.ErrAborted) {
		c.reload()
	}
	return err
}

// nodeHook sees each attempt of a Cluster client to send commands to a node. One that
// must not be repeated was refused by all nodes before, so that only the last attempt
// counts.
type nodeHook struct{}

func (nodeHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (nodeHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		route(cmd)
		return next(ctx, cmd)
	}
}

func (nodeHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			route(cmd)
		}
		return next(ctx, cmds)
	}
}

// route notes that the node of a command is found.
func route(cmd redis.Cmder) {
	if c, ok := cmd.(*command); ok {
		c.routed = true
		if c.once {
			c.written = 0
		}
	}
}
