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
// without settings bounds neither its pool nor its reads and writes. It has no
// automatic pipelining.
func (Driver) Resolve(with drivers.Options) drivers.Options {
	with.Retries = drivers.NoRetries
	with.PoolSize = cmp.Or(with.PoolSize, drivers.Unlimited)
	with.DialTimeout = cmp.Or(with.DialTimeout, shippedDialTimeout)
	with.ReadTimeout = with.Patient(cmp.Or(with.ReadTimeout, drivers.Unlimited))
	with.WriteTimeout = cmp.Or(with.WriteTimeout, drivers.Unlimited)
	with.WaitTimeout = with.Patience()
	with.Pipelining = drivers.Unpipelined
	return with
}

// Open connects to the servers. Pipelining is refused.
func (d Driver) Open(ctx context.Context, at drivers.Endpoints, with drivers.Options) (drivers.Conn, error) {
	if !drivers.Provides(d, with) {
		return nil, drivers.ErrLacks(d, with)
	}
	return drivers.Connect(ctx, d.Name(), at, func() (drivers.Conn, error) {
		servers, err := open(at, with)
		if err != nil {
			return nil, err
		}
		c := &conn{servers: servers, readTimeout: max(d.Resolve(with).ReadTimeout, 0), honour: with.HonourDeadline}
		return drivers.Waiting(c, with), nil
	})
}

// open makes the source of each mode.
func open(at drivers.Endpoints, with drivers.Options) (source, error) {
	switch at.Mode {
	case drivers.Sentinel:
		return newPrimary(at, with), nil
	case drivers.Cluster:
		return newCluster(at, with)
	}
	return pool{NewPool(at, with)}, nil
}

// pool is a source of one node.
type pool struct{ *redis.Pool }

func (p pool) get(ctx context.Context, _ []string) (redis.Conn, error) { return p.GetContext(ctx) }

func (pool) do(cn redis.Conn, timeout time.Duration, name string, args []any) (any, error) {
	return redis.DoWithTimeout(cn, timeout, name, args...)
}

func (pool) again(error) bool { return false }

// NewPool returns the pool that Open uses for one server, which dials nothing yet: a
// limiter library on redigo is compared with our techniques on the very same client.
func NewPool(at drivers.Endpoints, with drivers.Options) *redis.Pool {
	dial := dialer(at, with)
	return newPool(with, func(ctx context.Context) (redis.Conn, error) { return dial(ctx, at.Addrs[0]) })
}

// dialer returns a function that connects to a server which holds keys.
func dialer(at drivers.Endpoints, with drivers.Options) func(ctx context.Context, addr string) (redis.Conn, error) {
	with = Driver{}.Resolve(with)
	own := &net.Dialer{KeepAlive: shippedKeepAlive}
	options := []redis.DialOption{
		redis.DialContextFunc(at.Dialer(own.DialContext, with.DialTimeout)),
		redis.DialReadTimeout(max(with.ReadTimeout, 0)),
		redis.DialWriteTimeout(max(with.WriteTimeout, 0)),
		redis.DialUsername(at.Username),
		redis.DialPassword(at.Password),
		redis.DialDatabase(at.DB),
	}
	return func(ctx context.Context, addr string) (redis.Conn, error) {
		return redis.DialContext(ctx, "tcp", addr, options...)
	}
}

func newPool(with drivers.Options, dial func(context.Context) (redis.Conn, error)) *redis.Pool {
	pool := &redis.Pool{DialContext: dial, MaxIdle: shippedMaxIdle, IdleTimeout: shippedIdleTimeout}
	if with.PoolSize > 0 {
		// No connection is closed for being idle: a warm pool stays warm.
		pool.MaxActive, pool.MaxIdle, pool.IdleTimeout = with.PoolSize, with.PoolSize, 0
		pool.Wait = true
	}
	if with.PoolSize == drivers.Unpooled {
		pool.MaxIdle = 0 // whatever is given back is closed
	}
	return pool
}
