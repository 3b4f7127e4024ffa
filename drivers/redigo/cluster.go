package redigo

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"

	"github.com/rlbench/rlbench/drivers"
)

// refreshPause is the least time between two look-ups of the nodes after errors.
const refreshPause = 200 * time.Millisecond

// cluster is a pool of connections per node.
type cluster struct {
	*redisc.Cluster
	// tokens bounds the connections in use, of all nodes together; nil for no bound.
	// The library does not pass a context to its pools, and closes the pool of a node
	// that has left, where one who waits then would panic.
	tokens chan struct{}
	// relearn: look the nodes up again after errors. As shipped only a redirection
	// does that, which a node that has died does not answer.
	relearn    bool
	refreshing atomic.Bool
	closed     atomic.Bool
}

// newCluster learns the nodes.
func newCluster(at drivers.Endpoints, with drivers.Options) (*cluster, error) {
	dial := dialer(at, with)
	c := &cluster{relearn: with.Retries == drivers.NoRetries, Cluster: &redisc.Cluster{
		StartupNodes: at.Addrs,
		CreatePool: func(addr string, _ ...redis.DialOption) (*redis.Pool, error) {
			p := newPool(with, func(ctx context.Context) (redis.Conn, error) { return dial(ctx, addr) })
			p.Wait, p.MaxActive = false, 0
			return p, nil
		},
	}}
	if with.PoolSize > 0 {
		c.tokens = make(chan struct{}, with.PoolSize)
	}
	if err := c.Refresh(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// get binds a connection to the node of the keys at once: left to itself the library
// takes the first argument for the key, which for EVAL is the script.
func (c *cluster) get(ctx context.Context, keys []string) (redis.Conn, error) {
	for _, key := range keys {
		if redisc.Slot(key) != redisc.Slot(keys[0]) {
			return nil, drivers.ErrCrossSlot
		}
	}
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	cn := &clusterConn{Conn: c.Get().(*redisc.Conn), release: c.release}
	if err := cn.Bind(keys[:min(1, len(keys))]...); err != nil {
		_ = cn.Close()
		return nil, err
	}
	return cn, nil
}

func (c *cluster) take(ctx context.Context) error {
	if c.tokens == nil {
		return nil
	}
	select {
	case c.tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *cluster) release() {
	if c.tokens != nil {
		<-c.tokens
	}
}

// clusterConn is a connection that holds a token.
type clusterConn struct {
	*redisc.Conn
	release func()
}

// Close returns the connection, then the token.
func (c *clusterConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// do also follows the redirection of a slot on its way to another node. The library
// does that alone, and ends it after the read timeout instead of at the deadline.
func (c *cluster) do(cn redis.Conn, timeout time.Duration, name string, args []any) (any, error) {
	v, err := redis.DoWithTimeout(cn, timeout, name, args...)
	if redirection := redisc.ParseRedir(err); redirection == nil || redirection.Type != "ASK" {
		return v, err
	}
	follow, err := redisc.RetryConn(cn.(*clusterConn).Conn, attempts, 0)
	if err != nil {
		return nil, err
	}
	return follow.Do(name, args...)
}

// Close may be called more than once.
func (c *cluster) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	return c.Cluster.Close()
}

// again: the library notes the address of MOVED by itself.
func (c *cluster) again(err error) bool {
	var reply redis.Error
	switch {
	case err == nil || errors.Is(err, drivers.ErrCrossSlot) || errors.Is(err, drivers.ErrClosed):
		return false
	case errors.As(err, &reply) && !strings.HasPrefix(string(reply), "CLUSTERDOWN"):
		redirection := redisc.ParseRedir(reply)
		return redirection != nil && redirection.Type == "MOVED"
	}
	c.refresh()
	return false
}

// refresh looks the nodes up in the background.
func (c *cluster) refresh() {
	if !c.relearn || !c.refreshing.CompareAndSwap(false, true) {
		return
	}
	go func() {
		_ = c.Refresh() // the next error asks for another one
		time.AfterFunc(refreshPause, func() { c.refreshing.Store(false) })
	}()
}
