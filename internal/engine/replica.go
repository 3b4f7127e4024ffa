package engine

import (
	"context"
	"errors"

	"github.com/rlbench/rlbench/drivers"
)

// reading are the commands of limiters that a client sends to a replica if it is told to
// scale reads out.
var reading = map[string]bool{"GET": true, "HMGET": true, "ZCARD": true, "ZCOUNT": true, "ZRANGE": true, "PTTL": true, "TTL": true, "PEXPIRETIME": true}

// scaledReads is a Conn that has a replica answer the commands that only read. Inside
// transactions, and in scripts, which may write, clients ask the primary.
type scaledReads struct {
	drivers.Conn
	replica drivers.Conn
}

// Do implements drivers.Conn.
func (c scaledReads) Do(ctx context.Context, cmd ...string) (drivers.Reply, error) {
	if reading[cmd[0]] {
		return c.replica.Do(ctx, cmd...)
	}
	return c.Conn.Do(ctx, cmd...)
}

// Close implements drivers.Conn.
func (c scaledReads) Close() error { return errors.Join(c.replica.Close(), c.Conn.Close()) }

// scaleReads connects to the replica too.
func (t *trial) scaleReads(ctx context.Context, driver drivers.Driver, at drivers.Endpoints, with drivers.Options, conn drivers.Conn) (drivers.Conn, error) {
	at.Mode, at.Addrs = drivers.Standalone, []string{t.replica}
	replica, err := driver.Open(ctx, at, with)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return scaledReads{conn, replica}, nil
}
