// Package redigo is the adapter of github.com/gomodule/redigo.
//
// It translates: settings, commands, replies, classes of errors. It repeats
// nothing, caches nothing and measures nothing.
package redigo

import (
	"cmp"
	"context"
	"net"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/rlbench/rlbench/drivers"
)

// Driver opens connections with redigo.
type Driver struct{}

// Name is "redigo".
func (Driver) Name() string { return "redigo" }

// Module is the path of redigo.
func (Driver) Module() string { return "github.com/gomodule/redigo" }

// What redigo does where nothing is set. It exposes none of these values.
const (
	shippedDialTimeout = 30 * time.Second
	shippedKeepAlive   = 5 * time.Minute
	// A pool as the library's documentation writes it. Without MaxIdle every
	// command would dial.
	shippedMaxIdle     = 3
	shippedIdleTimeout = 240 * time.Second
)

// Resolve fills in what redigo does by itself: it never repeats a command, and
// without settings bounds neither its pool nor its reads and writes.
func (Driver) Resolve(with drivers.Options) drivers.Options {
	with.Retries = drivers.NoRetries
	with.PoolSize = cmp.Or(with.PoolSize, drivers.Unlimited)
	with.DialTimeout = cmp.Or(with.DialTimeout, shippedDialTimeout)
	with.ReadTimeout = cmp.Or(with.ReadTimeout, drivers.Unlimited)
	with.WriteTimeout = cmp.Or(with.WriteTimeout, drivers.Unlimited)
	if with.Pipelining == drivers.AsShipped {
		with.Pipelining = drivers.Unpipelined
	}
	return with
}

// Open connects to a standalone server. Pipelining is refused.
func (d Driver) Open(ctx context.Context, at drivers.Endpoints, with drivers.Options) (drivers.Conn, error) {
	if with.Pipelining == drivers.Pipelined {
		return nil, drivers.ErrNoPipelining(d.Name())
	}
	with = d.Resolve(with)
	return drivers.Connect(ctx, d.Name(), at, func() (drivers.Conn, error) {
		return &conn{
			pool:        newPool(at, with),
			readTimeout: max(with.ReadTimeout, 0),
			honour:      with.HonourDeadline,
		}, nil
	})
}

// newPool returns a pool that dials nothing yet.
func newPool(at drivers.Endpoints, with drivers.Options) *redis.Pool {
	own := &net.Dialer{KeepAlive: shippedKeepAlive}
	options := []redis.DialOption{
		redis.DialContextFunc(at.Dialer(own.DialContext, with.DialTimeout)),
		redis.DialReadTimeout(max(with.ReadTimeout, 0)),
		redis.DialWriteTimeout(max(with.WriteTimeout, 0)),
		redis.DialUsername(at.Username),
		redis.DialPassword(at.Password),
	}
	pool := &redis.Pool{
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "tcp", at.Addrs[0], options...)
		},
		MaxIdle:     shippedMaxIdle,
		IdleTimeout: shippedIdleTimeout,
	}
	if with.PoolSize > 0 {
		// No connection is closed for being idle: a warm pool stays warm.
		pool.MaxActive, pool.MaxIdle, pool.IdleTimeout = with.PoolSize, with.PoolSize, 0
		pool.Wait = true
	}
	return pool
}
