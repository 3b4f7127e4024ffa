package redigo

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/FZambia/sentinel"
	"github.com/gomodule/redigo/redis"
	"golang.org/x/sync/singleflight"

	"github.com/rlbench/rlbench/drivers"
)

// sentinelTimeout bounds a dial to a sentinel, and its answer, in the documentation
// of the library, which calls a timeout mandatory.
const sentinelTimeout = 500 * time.Millisecond

// primaryLifetime is how long a bounded client uses a connection before it asks the
// sentinels again. The library's own way, to ask the server for its role whenever a
// connection is taken, costs a trip each time and never leaves a primary that was cut
// off, for that one still believes in its role.
const primaryLifetime = time.Second

// primary is a pool of connections to the server that the sentinels name.
type primary struct {
	pool
	sentinel *sentinel.Sentinel
	// asking lets one caller at a time ask, as the library is not safe for several;
	// the others share the answer.
	asking singleflight.Group
}

func newPrimary(at drivers.Endpoints, with drivers.Options) *primary {
	dial := at.Dialer(new(net.Dialer).DialContext, sentinelTimeout)
	p := &primary{sentinel: &sentinel.Sentinel{
		Addrs: slices.Clone(at.Addrs), MasterName: at.Primary,
		Dial: func(addr string) (redis.Conn, error) {
			return redis.Dial("tcp", addr, redis.DialContextFunc(dial),
				redis.DialUsername(at.SentinelUsername), redis.DialPassword(at.SentinelPassword),
				redis.DialReadTimeout(sentinelTimeout), redis.DialWriteTimeout(sentinelTimeout))
		},
	}}
	connect := dialer(at, with)
	p.pool = pool{newPool(with, func(ctx context.Context) (redis.Conn, error) { return p.dial(ctx, connect) })}
	if with.Retries == drivers.NoRetries {
		p.MaxConnLifetime = primaryLifetime
	} else {
		p.TestOnBorrow = func(cn redis.Conn, _ time.Time) error { return isPrimary(cn) }
	}
	return p
}

// dial connects to the primary. A sentinel may name one that has been replaced.
func (p *primary) dial(ctx context.Context, connect func(context.Context, string) (redis.Conn, error)) (redis.Conn, error) {
	addr, err := p.addr(ctx)
	if err != nil {
		return nil, err
	}
	cn, err := connect(ctx, addr)
	if err != nil {
		return nil, err
	}
	if err := isPrimary(cn); err != nil {
		_ = cn.Close()
		return nil, fmt.Errorf("%s: %w", addr, err)
	}
	return cn, nil
}

// addr asks the sentinels, until ctx ends.
func (p *primary) addr(ctx context.Context) (string, error) {
	answer := p.asking.DoChan("", func() (any, error) { return p.sentinel.MasterAddr() })
	select {
	case a := <-answer:
		addr, _ := a.Val.(string)
		return addr, a.Err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func isPrimary(cn redis.Conn) error {
	role, err := redis.Values(cn.Do("ROLE"))
	if err != nil {
		return err
	}
	if name, err := redis.String(role[0], nil); err != nil || name != "master" {
		return fmt.Errorf("the role of the server is %q, not that of a primary", name)
	}
	return nil
}

// Close closes the connections to the sentinels too.
func (p *primary) Close() error {
	_ = p.sentinel.Close() // never fails
	return p.pool.Close()
}
