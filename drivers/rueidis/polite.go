package rueidis

import (
	"net"
	"sync"
)

// polite is a connection that is not read before something was written to it.
//
// A server that takes no more connections writes an error into a new one at once. The
// library (v1.0.79) ends the whole program if it reads what it has not asked for, which it
// does where an operation's context ends after the dial and before the handshake: to
// close the connection it starts to read before it sends its last PING.
type polite struct {
	net.Conn
	once   sync.Once
	spoken chan struct{} // closed by the first Write, or by Close
}

func newPolite(c net.Conn) net.Conn { return &polite{Conn: c, spoken: make(chan struct{})} }

func (c *polite) speak() { c.once.Do(func() { close(c.spoken) }) }

func (c *polite) Read(p []byte) (int, error) {
	<-c.spoken
	return c.Conn.Read(p)
}

func (c *polite) Write(p []byte) (int, error) {
	c.speak()
	return c.Conn.Write(p)
}

func (c *polite) Close() error {
	defer c.speak()
	return c.Conn.Close()
}
