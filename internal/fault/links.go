package fault

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Links are the connections of all clients under test, where faults of the network
// between them and the servers are made: exactly, and without privileges. The zero
// value is ready for use.
//
// While no fault is armed a link hands everything on. What a fault holds back is not
// lost: it arrives late, as TCP would deliver it again, also when the client has
// closed the connection meanwhile.
type Links struct {
	armed atomic.Pointer[rules] // nil without any

	mu      sync.Mutex
	clients int
	open    map[*link]bool
}

// rules are those in effect together. They are replaced, never changed.
type rules struct {
	list     []*rule
	replaced chan struct{} // closed when others are in effect
}

// Dial makes every connection that next opens one of the links of a client; nil is a
// plain net.Dialer. addr is the address that servers announce. Each client is given a
// Dial of its own, so that faults strike all of them alike. Without Links it is next.
func (l *Links) Dial(next drivers.DialFunc) drivers.DialFunc {
	if l == nil {
		return next
	}
	if next == nil {
		next = new(net.Dialer).DialContext
	}
	l.mu.Lock()
	own := &client{number: l.clients}
	l.clients++
	l.mu.Unlock()
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if err := l.reach(ctx, addr); err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		c, err := next(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return l.add(c, addr, own), nil
	}
}

// reach returns when no rule blocks the address any more, or with the error of ctx: a
// packet that opens a connection is sent again and again.
func (l *Links) reach(ctx context.Context, addr string) error {
	for {
		r := l.armed.Load()
		if !r.block(addr) {
			return nil
		}
		select {
		case <-r.replaced:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// client numbers the links of one client.
type client struct {
	number  int
	opened  int64        // guarded by Links
	answers atomic.Int64 // that came while answers were lost
}

func (l *Links) add(c net.Conn, addr string, own *client) *link {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		l.open = make(map[*link]bool)
	}
	made := newLink(l, c, addr, own)
	own.opened++
	l.open[made] = true
	return made
}

func (l *Links) remove(c *link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// oldest are the numbers, by client, of the links that have been open for the longest
// time.
func (l *Links) oldest() map[*client]int64 {
	first := make(map[*client]int64)
	if l == nil {
		return first
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		if n, known := first[c.client]; !known || c.number < n {
			first[c.client] = c.number
		}
	}
	return first
}

var errNoLinks = errors.New("the connections of the clients cannot be reached: use a limiter that takes a drivers.Conn, in one process")

// arm puts a rule into effect until it is healed.
func (l *Links) arm(r rule) (provider.Heal, error) {
	if l == nil {
		return nil, errNoLinks
	}
	l.change(func(list []*rule) []*rule { return append(list, &r) })
	return sync.OnceValue(func() error {
		l.change(func(list []*rule) []*rule {
			return slices.DeleteFunc(list, func(other *rule) bool { return other == &r })
		})
		return nil
	}), nil
}

// change replaces the rules, and has every link look at the new ones.
func (l *Links) change(edit func([]*rule) []*rule) {
	for _, c := range l.replace(edit) {
		c.look()
	}
}

// replace returns the open links in order of their numbers.
func (l *Links) replace(edit func([]*rule) []*rule) []*link {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.armed.Load()
	var now *rules
	if list := edit(slices.Clone(old.all())); len(list) > 0 {
		now = &rules{list: list, replaced: make(chan struct{})}
	}
	l.armed.Store(now)
	if old != nil {
		close(old.replaced)
	}
	links := make([]*link, 0, len(l.open))
	for c := range l.open {
		links = append(links, c)
	}
	slices.SortFunc(links, func(a, b *link) int {
		return cmp.Or(cmp.Compare(a.client.number, b.client.number), cmp.Compare(a.number, b.number))
	})
	return links
}
