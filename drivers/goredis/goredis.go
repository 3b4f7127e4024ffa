// Package goredis is the adapter of github.com/redis/go-redis/v9.
//
// It translates: settings, commands, replies, classes of errors. It repeats
// nothing, caches nothing and measures nothing.
package goredis

import (
	"cmp"
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/rlbench/rlbench/drivers"
)

// Driver opens connections with go-redis.
type Driver struct{}

// Name is "goredis".
func (Driver) Name() string { return "goredis" }

// Module is the path of go-redis.
func (Driver) Module() string { return "github.com/redis/go-redis/v9" }

// Resolve reads the settings back from a client that was never connected. There,
// once the defaults are filled in, zero means none. They are those of one server: as
// shipped, a Cluster client has half that pool, for each node, and repeats as often.
func (Driver) Resolve(with drivers.Options) drivers.Options {
	client := NewClient(drivers.Endpoints{Addrs: []string{""}}, with)
	defer client.Close()
	used := client.Options()
	with.Retries = cmp.Or(used.MaxRetries, drivers.NoRetries)
	with.PoolSize = used.PoolSize
	with.DialTimeout = used.DialTimeout
	with.ReadTimeout = cmp.Or(used.ReadTimeout, drivers.Unlimited)
	with.WriteTimeout = cmp.Or(used.WriteTimeout, drivers.Unlimited)
	with.HonourDeadline = used.ContextTimeoutEnabled
	with.WaitTimeout = with.Patience()
	if with.Pipelining == drivers.AsShipped {
		with.Pipelining = drivers.Unpipelined
	}
	return with
}

// Open connects to the servers.
func (d Driver) Open(ctx context.Context, at drivers.Endpoints, with drivers.Options) (drivers.Conn, error) {
	// The errors that go-redis would print are all returned to the caller; under a
	// fault its log would bury the progress of a run.
	logging.Disable()
	return drivers.Connect(ctx, d.Name(), at, func() (drivers.Conn, error) {
		c := newConn(at, with)
		if with.Pipelining != drivers.Pipelined {
			return drivers.Waiting(c, with), nil
		}
		// The asynchronous face: the blocking one cannot be left at a deadline.
		auto, err := c.client.AsyncAutoPipeline()
		if err != nil {
			_ = c.Close()
			return nil, err
		}
		c.auto = auto
		return drivers.Waiting(c, with), nil
	})
}

// newConn makes the client of each mode.
func newConn(at drivers.Endpoints, with drivers.Options) *conn {
	switch at.Mode {
	case drivers.Sentinel:
		return &conn{client: redis.NewFailoverClient(failover(at, settings(at, with))), honour: with.HonourDeadline}
	case drivers.Cluster:
		return newClusterConn(at, with)
	}
	return &conn{client: NewClient(at, with), honour: with.HonourDeadline}
}

// NewClient returns the client that Open uses for one server, not yet connected: a limiter library
// on go-redis is compared with our techniques on the very same client.
func NewClient(at drivers.Endpoints, with drivers.Options) *redis.Client {
	return redis.NewClient(settings(at, with))
}

// shippedReadTimeout is what go-redis does where nothing is set.
const shippedReadTimeout = 5 * time.Second

// settings translates the options. What only adds trips to each new connection
// is off in every profile, because a limiter needs neither: announcing the
// library (CLIENT SETINFO) and asking for maintenance notifications.
func settings(at drivers.Endpoints, with drivers.Options) *redis.Options {
	o := &redis.Options{
		Addr:     at.Addrs[0],
		Username: at.Username, Password: at.Password, DB: at.DB,
		MaxRetries:  with.Retries,
		PoolSize:    max(with.PoolSize, 0),
		DialTimeout: with.DialTimeout, ReadTimeout: with.ReadTimeout, WriteTimeout: with.WriteTimeout,
		ContextTimeoutEnabled:    with.HonourDeadline,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if with.Retries == drivers.NoRetries {
		o.DialerRetries = 1
	}
	if with.Wait > 0 {
		o.ReadTimeout = with.Patient(cmp.Or(with.ReadTimeout, shippedReadTimeout))
	}
	// A repeated batch holds commands of many callers, and none of them could tell
	// whether its own ran before.
	if with.Pipelining == drivers.Pipelined {
		o.MaxRetries = drivers.NoRetries
	}
	// Transactions would come from a second pool, beyond the size that was asked
	// for. Automatic pipelining keeps it: its connections have larger buffers.
	if with.PoolSize > 0 && with.Pipelining != drivers.Pipelined {
		o.PipelinePoolSize = -1
	}
	// go-redis ends each dial after DialTimeout by itself.
	o.Dialer = at.Dialer(redis.NewDialer(o), 0)
	return o
}
