package embedded

import (
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// clock moves the time of an imitation as Redis moves its own: with every command of
// a client, and not within a script or transaction. By itself the imitation reads
// the machine's clock anew for every call inside a script, so that a key's deadline
// lies milliseconds after the TIME that the same script has read.
type clock struct {
	imitation *miniredis.Miniredis
	// clients holds the connections of clients. Calls inside a script come from a
	// peer of their own, while the imitation is locked.
	clients sync.Map
	// mu keeps the time from being set to an earlier one than another client has set.
	mu sync.Mutex
}

// keepTime makes the time of a started imitation, and of its keys' expiry, the real one.
func keepTime(m *miniredis.Miniredis) {
	m.ClockTTL(true)
	m.Server().SetPreHook((&clock{imitation: m}).beforeCommand)
}

func (c *clock) beforeCommand(p *server.Peer, _ string, _ ...string) (done bool) {
	if c.fromClient(p) {
		c.mu.Lock()
		defer c.mu.Unlock()
		// Without the monotonic reading: it would run apart from the wall clock by
		// nanoseconds, and a deadline on a whole millisecond would fall before it.
		c.imitation.SetTime(time.Now().Round(0))
	}
	return false
}

// fromClient tells a client's connection, which has no context before its first
// command, from the peer of a script, which is born with the context of its script.
func (c *clock) fromClient(p *server.Peer) bool {
	if _, known := c.clients.Load(p); known {
		return true
	}
	if p.Ctx != nil {
		return false
	}
	c.clients.Store(p, nil)
	p.OnDisconnect(func() { c.clients.Delete(p) })
	return true
}
