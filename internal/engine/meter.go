package engine

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// meter counts the connections that a client opens, and what it sends and receives
// on them.
type meter struct {
	dials, closed atomic.Int64

	mu    sync.Mutex
	conns []*traffic
}

// traffic is what went over one connection. Each has counters of its own, and
// those of the two directions lie on cache lines of their own: counters shared by
// all goroutines would cost the subject more than the rest of the engine.
type traffic struct {
	trips, sent atomic.Int64
	_           [48]byte
	received    atomic.Int64
	_           [56]byte
}

// open is the number of connections that the client holds.
func (m *meter) open() int64 { return m.dials.Load() - m.closed.Load() }

// total sums over all connections, also those that are closed.
func (m *meter) total() (trips, sent, received int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conns {
		trips += c.trips.Load()
		sent += c.sent.Load()
		received += c.received.Load()
	}
	return trips, sent, received
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dial wraps a dial function, or the plain one if it is nil.
func (m *meter) dial(next dialFunc) dialFunc {
	if next == nil {
		next = (&net.Dialer{}).DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := next(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		t := m.add()
		if tcp, ok := c.(*net.TCPConn); ok {
			return &meteredTCP{tcp, m, t}, nil
		}
		return &meteredConn{c, m, t}, nil
	}
}

func (m *meter) add() *traffic {
	m.dials.Add(1)
	t := &traffic{}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conns = append(m.conns, t)
	return t
}

// meteredTCP keeps the methods of a TCP connection: clients check an idle
// connection through its file descriptor before they reuse it.
type meteredTCP struct {
	*net.TCPConn
	meter   *meter
	traffic *traffic
}

func (c *meteredTCP) Close() error { return c.meter.close(c.TCPConn.Close()) }

func (c *meteredTCP) Read(p []byte) (int, error) { return c.traffic.read(c.TCPConn.Read(p)) }

func (c *meteredTCP) Write(p []byte) (int, error) { return c.traffic.write(c.TCPConn.Write(p)) }

// meteredConn meters a connection that is not plain TCP.
type meteredConn struct {
	net.Conn
	meter   *meter
	traffic *traffic
}

func (c *meteredConn) Close() error { return c.meter.close(c.Conn.Close()) }

func (c *meteredConn) Read(p []byte) (int, error) { return c.traffic.read(c.Conn.Read(p)) }

func (c *meteredConn) Write(p []byte) (int, error) { return c.traffic.write(c.Conn.Write(p)) }

// close counts a connection once: closing it again is an error.
func (m *meter) close(err error) error {
	if err == nil {
		m.closed.Add(1)
	}
	return err
}

func (t *traffic) read(n int, err error) (int, error) {
	t.received.Add(int64(n))
	return n, err
}

func (t *traffic) write(n int, err error) (int, error) {
	t.trips.Add(1)
	t.sent.Add(int64(n))
	return n, err
}
