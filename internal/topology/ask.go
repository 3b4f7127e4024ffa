package topology

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider"
)

// answerWithin bounds the wait for a node that is silent, and so how long one that
// was killed or cut off holds up a look at the others.
const answerWithin = time.Second

// Ask sends one command to one node, over a connection of its own: since the last
// question the node may have been killed, cut off or started again.
func Ask(ctx context.Context, n Node, cmd ...string) (drivers.Reply, error) {
	conn, err := Reach(ctx, n, answerWithin)
	if err != nil {
		return drivers.Reply{}, err
	}
	defer conn.Close()
	r, err := conn.Do(ctx, cmd...)
	if err != nil {
		return r, fmt.Errorf("ask %s for %s: %w", n.Name, strings.Join(cmd, " "), err)
	}
	return r, nil
}

// Reach connects to one node, which is given that long for each answer. Any client would
// do; this one sends nothing by itself, and so can talk to a Sentinel.
func Reach(ctx context.Context, n Node, within time.Duration) (drivers.Conn, error) {
	at := drivers.Endpoints{Addrs: []string{n.Addr()}}
	if g, ok := n.Node.(provider.Guarded); ok {
		at = g.Endpoints()
	}
	conn, err := redigo.Driver{}.Open(ctx, at, drivers.Options{
		PoolSize: 1, HonourDeadline: true, DialTimeout: within, ReadTimeout: within, WriteTimeout: within,
	})
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", n.Name, drivers.Reason(err))
	}
	return conn, nil
}

// Dial opens a connection to one node, for more than one command. Any client would do;
// this one sends nothing by itself, and so can talk to a Sentinel.
func Dial(ctx context.Context, n Node) (drivers.Conn, error) {
	at := drivers.Endpoints{Addrs: []string{n.Addr()}}
	if g, ok := n.Node.(provider.Guarded); ok {
		at = g.Endpoints()
	}
	conn, err := redigo.Driver{}.Open(ctx, at, drivers.Options{
		PoolSize: 1, HonourDeadline: true, DialTimeout: answerWithin, ReadTimeout: answerWithin, WriteTimeout: answerWithin,
	})
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", n.Name, drivers.Reason(err))
	}
	return conn, nil
}
