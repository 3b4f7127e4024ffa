package engine

import (
	"context"
	"net"
	"sync/atomic"
)

// meter counts the connections that a client opens, and what it sends and receives
// on them.
type meter struct{ dials, closed, trips, sent, received atomic.Int64 }

// open is the number of connections that the client holds.
func (m *meter) open() int64 { return m.dials.Load() - m.closed.Load() }

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
		m.dials.Add(1)
		if tcp, ok := c.(*net.TCPConn); ok {
			return &meteredTCP{TCPConn: tcp, meter: m}, nil
		}
		return &meteredConn{Conn: c, meter: m}, nil
	}
}

// meteredTCP keeps the methods of a TCP connection: clients check an idle
// connection through its file descriptor before they reuse it.
type meteredTCP struct {
	*net.TCPConn
	meter *meter
}

func (c *meteredTCP) Close() error { return c.meter.close(c.TCPConn.Close()) }

func (c *meteredTCP) Read(p []byte) (int, error) { return c.meter.read(c.TCPConn.Read(p)) }

func (c *meteredTCP) Write(p []byte) (int, error) { return c.meter.write(c.TCPConn.Write(p)) }

// meteredConn meters a connection that is not plain TCP.
type meteredConn struct {
	net.Conn
	meter *meter
}

func (c *meteredConn) Close() error { return c.meter.close(c.Conn.Close()) }

func (c *meteredConn) Read(p []byte) (int, error) { return c.meter.read(c.Conn.Read(p)) }

func (c *meteredConn) Write(p []byte) (int, error) { return c.meter.write(c.Conn.Write(p)) }

// close counts a connection once: closing it again is an error.
func (m *meter) close(err error) error {
	if err == nil {
		m.closed.Add(1)
	}
	return err
}

func (m *meter) read(n int, err error) (int, error) {
	m.received.Add(int64(n))
	return n, err
}

func (m *meter) write(n int, err error) (int, error) {
	m.trips.Add(1)
	m.sent.Add(int64(n))
	return n, err
}
