// Package rueidis is the adapter of github.com/redis/rueidis.
//
// It translates: settings, commands, replies, classes of errors. It repeats
// nothing, caches nothing and measures nothing.
package rueidis

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

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
	trip = with.Patient(trip)
	with.ReadTimeout, with.WriteTimeout = trip, trip
	with.WaitTimeout = with.Patience()
	if with.Pipelining == drivers.AsShipped {
		with.Pipelining = drivers.Pipelined
	}
	return with
}

// Open connects to the servers.
func (d Driver) Open(ctx context.Context, at drivers.Endpoints, with drivers.Options) (drivers.Conn, error) {
	return drivers.Connect(ctx, d.Name(), at, func() (drivers.Conn, error) {
		client, err := rueidis.NewClient(Settings(at, with))
		if err != nil {
			if client != nil {
				client.Close()
			}
			return nil, err
		}
		if at.Mode == drivers.Cluster && client.Mode() != rueidis.ClientModeCluster {
			client.Close()
			return nil, errNoCluster
		}
		c := &conn{client: client, dedicated: make(chan struct{}, d.Resolve(with).PoolSize)}
		return drivers.Waiting(c, with), nil
	})
}

// errNoCluster stands for the answer of a server with Cluster support disabled, at
// which the client turns into one of a standalone server.
var errNoCluster = errors.New("this server is not a node of a Cluster")

// Settings are those of the client that Open uses: a limiter library on rueidis is
// compared with our techniques on the very same client.
func Settings(at drivers.Endpoints, with drivers.Options) rueidis.ClientOption {
	option := settings(at, Driver{}.Resolve(with))
	if at.Mode == drivers.Sentinel {
		option.Sentinel = rueidis.SentinelOption{
			MasterSet: at.Primary, Dialer: option.Dialer,
			Username: at.SentinelUsername, Password: at.SentinelPassword,
		}
	}
	if with.Retries == drivers.NoRetries {
		bound(&option)
	}
	return option
}

// bound has the client repeat nothing, not follow redirections in circles, and ask
// the sentinels every second: as shipped it waits for their message, which it may
// have missed. In a Cluster to ask regularly would be worse: a node that is cut off
// still names the old primary.
func bound(option *rueidis.ClientOption) {
	option.DisableRetry = true
	option.Sentinel.TopologyRefreshInterval = time.Second
	option.ClusterOption.MaxMovedRedirections = 3
}

// multiplex is the setting for the connections that commands of all callers share: as
// shipped there are four of them to a server, but no more than were asked for.
func multiplex(pool int) int {
	if pool == 1 {
		return -1 // which the library takes for one; 0 is its default
	}
	return 0
}

// settings translates resolved options. What only adds trips to each new
// connection is off in every profile, because a limiter needs neither: announcing
// the library (CLIENT SETINFO) and the cache on the client (CLIENT TRACKING).
func settings(at drivers.Endpoints, with drivers.Options) rueidis.ClientOption {
	return rueidis.ClientOption{
		InitAddress: at.Addrs,
		Username:    at.Username, Password: at.Password, SelectDB: at.DB,
		// Else it asks for a cluster first.
		ForceSingleClient:     at.Mode == drivers.Standalone,
		DisableCache:          true,
		ClientSetInfo:         rueidis.DisableClientSetInfo,
		BlockingPoolSize:      with.PoolSize,
		PipelineMultiplex:     multiplex(with.PoolSize),
		ConnWriteTimeout:      with.ReadTimeout,
		DisableAutoPipelining: with.Pipelining == drivers.Unpipelined,
		Dialer:                net.Dialer{Timeout: with.DialTimeout},
		DialCtxFn: func(ctx context.Context, addr string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			conn, err := at.Dialer(d.DialContext, d.Timeout)(ctx, "tcp", addr)
			if err != nil {
				return nil, err
			}
			return newPolite(conn), nil
		},
	}
}
