package fault

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// flushWithin bounds the writing of what was held back.
const flushWithin = time.Second

// link is one connection of a client.
//
// It reads on behalf of the client, and nobody else does, until something arrives
// while a rule touches the link. From then on a goroutine of its own receives, so that
// what is late is late by its own time of arrival, and the client takes from a queue.
type link struct {
	net.Conn
	links  *Links
	addr   string
	client *client
	number int64 // in order of the client's opening, from 0

	receiving atomic.Bool // the goroutine reads, not the client
	owes      atomic.Bool // unsent holds something, or the link was reset

	mu              sync.Mutex
	changed         sync.Cond // anything below, or the rules
	readBy, writeBy time.Time // the client's deadlines
	arrived         []arrival
	unsent          []byte // written by the client while the link was silent
	asked           bool   // something was written since the last answer
	reset, closed   bool
}

// arrival is what one read returned.
type arrival struct {
	bytes []byte
	err   error     // after the bytes; the last arrival has one
	due   time.Time // when the client may have it
}

func newLink(l *Links, c net.Conn, addr string, own *client) *link {
	made := &link{Conn: c, links: l, addr: addr, client: own, number: own.opened}
	made.changed.L = &made.mu
	return made
}

func (c *link) silent() bool { return c.links.armed.Load().silence(c) }

// Read implements net.Conn.
func (c *link) Read(p []byte) (int, error) {
	if !c.receiving.Load() {
		n, err := c.Conn.Read(p)
		ended := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)
		switch {
		case ended && c.owes.Load():
			return c.take(p) // Close ends a read by a deadline where it keeps the connection
		case ended || !c.links.armed.Load().touch(c):
			return n, err
		}
		c.receive(p[:n], err)
	}
	return c.take(p)
}

// receive starts the goroutine that reads, after the first read was made. It ends with
// the connection.
func (c *link) receive(first []byte, err error) {
	c.mu.Lock()
	c.receiving.Store(true)
	_ = c.Conn.SetReadDeadline(time.Time{}) // where that fails, so does the next read
	c.mu.Unlock()
	if !c.arrive(first, err) {
		return
	}
	go func() {
		buffer := make([]byte, 32<<10)
		for {
			n, err := c.Conn.Read(buffer)
			if !c.arrive(buffer[:n], err) {
				return
			}
		}
	}()
}

// arrive puts what was read into the queue, or resets the connection if it is an answer
// that is to be lost. It returns whether there may be more to read.
func (c *link) arrive(p []byte, err error) (more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	armed := c.links.armed.Load()
	if c.asked && len(p) > 0 && armed.lose(c) {
		c.reset = true
		c.owes.Store(true)
		_ = c.end() // of no use any more
	}
	c.asked = false
	c.arrived = append(c.arrived, arrival{append([]byte(nil), p...), err, time.Now().Add(armed.late())})
	c.changed.Broadcast()
	return err == nil && !c.reset
}

// take waits for what has arrived.
func (c *link) take(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		now := time.Now()
		switch {
		case c.gone() != nil:
			return 0, c.opError("read", c.gone())
		case !c.readBy.IsZero() && !now.Before(c.readBy):
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		case c.due(now):
			return c.pop(p)
		}
		c.sleep(now)
	}
}

// due says that the client may have what has arrived first.
func (c *link) due(now time.Time) bool {
	return len(c.arrived) > 0 && !now.Before(c.arrived[0].due) && !c.silent()
}

// pop takes from the queue. An error stays in it.
func (c *link) pop(p []byte) (int, error) {
	first := &c.arrived[0]
	n := copy(p, first.bytes)
	first.bytes = first.bytes[n:]
	if len(first.bytes) > 0 {
		return n, nil
	}
	if first.err != nil {
		return n, first.err
	}
	c.arrived = c.arrived[1:]
	return n, nil
}

// sleep waits until something changes, the client's deadline ends or something is due.
func (c *link) sleep(now time.Time) {
	until := c.readBy
	if len(c.arrived) > 0 {
		if due := c.arrived[0].due; due.After(now) && (until.IsZero() || due.Before(until)) {
			until = due
		}
	}
	if !until.IsZero() {
		wake := time.AfterFunc(until.Sub(now), c.wake)
		defer wake.Stop()
	}
	c.changed.Wait()
}

func (c *link) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed.Broadcast()
}

// gone is why the client cannot use the connection any more, or nil.
func (c *link) gone() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case c.reset:
		return os.NewSyscallError("read", syscall.ECONNRESET)
	}
	return nil
}

func (c *link) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Write implements net.Conn. On a silent link it succeeds, as into the buffer of a
// socket.
func (c *link) Write(p []byte) (int, error) {
	if c.links.armed.Load() != nil || c.owes.Load() {
		if kept, err := c.keep(p); kept || err != nil {
			return len(p), err
		}
	}
	return c.Conn.Write(p)
}

// keep holds back what is written on a silent link. On any other it writes what it has
// held back until now.
func (c *link) keep(p []byte) (kept bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.gone(); err != nil {
		return false, c.opError("write", err)
	}
	c.asked = true
	if c.silent() {
		c.unsent = append(c.unsent, p...)
		c.owes.Store(true)
		return true, nil
	}
	return false, c.flush()
}

// flush writes what was held back. The client's deadline may have passed since.
func (c *link) flush() error {
	if len(c.unsent) == 0 {
		return nil
	}
	_ = c.Conn.SetWriteDeadline(time.Now().Add(flushWithin)) // where that fails, so does the write
	_, err := c.Conn.Write(c.unsent)
	_ = c.Conn.SetWriteDeadline(c.writeBy)
	c.unsent = nil
	c.owes.Store(false)
	return err
}

// look follows a change of the rules.
func (c *link) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.unsent) > 0 && !c.silent() {
		_ = c.flush() // the client learns of it by what it reads or writes next
		if c.closed {
			_ = c.end()
		}
	}
	c.changed.Broadcast()
}

// Close implements net.Conn. What was held back still leaves, as it does from the
// buffer of a socket that was closed.
func (c *link) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.closed = true
	c.changed.Broadcast()
	switch {
	case c.reset:
		return nil
	case len(c.unsent) > 0:
		return c.Conn.SetReadDeadline(time.Unix(0, 0))
	}
	return c.end()
}

// end closes the connection itself.
func (c *link) end() error {
	c.links.remove(c)
	return c.Conn.Close()
}
