package fault

import (
	"errors"
	"syscall"
	"time"
)

// SetDeadline implements net.Conn.
func (c *link) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy, c.writeBy = t, t
	if c.receiving.Load() {
		c.changed.Broadcast()
		return c.Conn.SetWriteDeadline(t)
	}
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline implements net.Conn. The goroutine that receives has none.
func (c *link) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy = t
	if c.receiving.Load() {
		c.changed.Broadcast()
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *link) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeBy = t
	return c.Conn.SetWriteDeadline(t)
}

// SyscallConn implements syscall.Conn: clients look at the socket of an idle connection
// before they use it again. Behind a fault they must not see what has not arrived, nor
// wait for the goroutine that reads.
func (c *link) SyscallConn() (syscall.RawConn, error) {
	socket, ok := c.Conn.(syscall.Conn)
	if !ok || c.receiving.Load() || c.silent() {
		return curtain{c}, nil
	}
	return socket.SyscallConn()
}

// curtain hides a socket: nothing can be done to it, and reading from it fails if the
// link is not idle.
type curtain struct{ link *link }

// Control implements syscall.RawConn.
func (curtain) Control(func(uintptr)) error { return nil }

// Write implements syscall.RawConn.
func (curtain) Write(func(uintptr) bool) error { return nil }

// Read implements syscall.RawConn.
func (s curtain) Read(func(uintptr) bool) error {
	c := s.link
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.gone(); err != nil {
		return c.opError("raw-read", err)
	}
	if c.due(time.Now()) {
		return c.opError("raw-read", errNotIdle)
	}
	return nil
}

var errNotIdle = errors.New("something has arrived that nobody waited for")
