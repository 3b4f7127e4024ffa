// Package rueidis is the adapter of github.com/redis/rueidis.
//
// It translates: settings, commands, replies, classes of errors. It repeats
// nothing, caches nothing and measures nothing.
package rueidis

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"

	"github.com/redis/rueidis"

	"github.com/rlbench/rlbench/drivers"
)

// Driver opens connections with rueidis.
type Driver struct{}

// Name is "rueidis".
func (Driver) Name() string { return "rueidis" }

// Module is the path of rueidis.
func (Driver) Module() string { return "github.com/redis/rueidis" }

// Resolve fills in what rueidis does by itself. It repeats only commands that
// were built as read-only, and this adapter builds none so; it always honours a
// deadline; and it has one timeout for reads and writes.
func (Driver) Resolve(with drivers.Options) drivers.Options {
	with.Retries = drivers.NoRetries
	with.HonourDeadline = true
	with.PoolSize = cmp.Or(max(with.PoolSize, 0), rueidis.DefaultPoolSize)
	with.DialTimeout = cmp.Or(with.DialTimeout, rueidis.DefaultDialTimeout)
	trip := cmp.Or(with.ReadTimeout, with.WriteTimeout, 10*rueidis.DefaultTCPKeepAlive)
	with.ReadTimeout, with.WriteTimeout = trip, trip
	if with.Pipelining == drivers.AsShipped {
		with.Pipelining = drivers.Pipelined
	}
	return with
}

// Open connects to a standalone server.
func (d Driver) Open(ctx context.Context, at drivers.Endpoints, with drivers.Options) (drivers.Conn, error) {
	noRetry := with.Retries == drivers.NoRetries
	with = d.Resolve(with)
	return drivers.Connect(ctx, d.Name(), at, func() (drivers.Conn, error) {
		option := settings(at, with)
		option.DisableRetry = noRetry
		client, err := rueidis.NewClient(option)
		if err != nil {
			if client != nil {
				client.Close()
			}
			return nil, err
		}
		return &conn{client: client, dedicated: make(chan struct{}, with.PoolSize)}, nil
	})
}

// settings translates resolved options. What only adds trips to each new
// connection is off in every profile, because a limiter needs neither: announcing
// the library (CLIENT SETINFO) and the cache on the client (CLIENT TRACKING).
func settings(at drivers.Endpoints, with drivers.Options) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress: at.Addrs,
		Username:    at.Username, Password: at.Password,
		// Else it asks for a cluster first.
		ForceSingleClient:     true,
		DisableCache:          true,
		ClientSetInfo:         rueidis.DisableClientSetInfo,
		BlockingPoolSize:      with.PoolSize,
		ConnWriteTimeout:      with.ReadTimeout,
		DisableAutoPipelining: with.Pipelining == drivers.Unpipelined,
		Dialer:                net.Dialer{Timeout: with.DialTimeout},
		DialCtxFn: func(ctx context.Context, addr string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			return at.Dialer(d.DialContext, d.Timeout)(ctx, "tcp", addr)
		},
	}
}
