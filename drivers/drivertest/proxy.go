package drivertest

import (
	"bytes"
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// treatment is what a proxy does with a command that holds the marker.
type treatment int

const (
	forward        treatment = iota
	dropRequest              // cut the connection: the server never sees the command
	dropReply                // cut the connection once the server has answered
	dropFirstReply           // the same, for the first such command alone
	hold                     // keep the command, and all behind it, until release
)

// marker is a key that only the commands to be treated name.
const marker = "marked-key{t}"

// proxy stands between a client and its servers. Handshakes and unmarked commands
// pass, so that a fault meets a warm connection: a cold one hides hidden retries.
type proxy struct {
	mu       sync.Mutex
	treat    treatment
	down     bool                    // shut was called
	refusing bool                    // refuse was called
	marked   int                     // commands with the marker that arrived
	doors    map[string]net.Listener // by server
	conns    map[net.Conn]bool
	released chan struct{}
	done     sync.WaitGroup
}

// newProxy works until the test ends.
func newProxy(t testing.TB) *proxy {
	t.Helper()
	p := &proxy{doors: map[string]net.Listener{}, conns: map[net.Conn]bool{}, released: make(chan struct{})}
	t.Cleanup(func() {
		p.shut()
		p.release()
		p.done.Wait()
	})
	return p
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// dial is the dial hook of the client: it leads through the proxy.
func (p *proxy) dial(ctx context.Context, network, server string) (net.Conn, error) {
	door, err := p.door(server)
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, network, door)
}

// door returns the loopback address behind which a server is.
func (p *proxy) door(server string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.doors[server]
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return "", err
		}
		p.doors[server] = l
		if p.refusing {
			_ = l.Close()
		} else {
			p.done.Go(func() { p.accept(l, server) })
		}
	}
	return l.Addr().String(), nil
}

// refuse lets no new connection through.
func (p *proxy) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = true
	for _, l := range p.doors {
		_ = l.Close()
	}
}

// set chooses the treatment of marked commands and forgets those that arrived.
func (p *proxy) set(treat treatment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.treat, p.marked = treat, 0
}

// arrived returns how many marked commands have arrived since set.
func (p *proxy) arrived() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.marked
}

// release lets held commands go on. It may be called more than once.
func (p *proxy) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.released:
	default:
		close(p.released)
	}
}

// cut closes every connection; new ones are accepted.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// shut refuses new connections and closes every one there is.
func (p *proxy) shut() {
	p.refuse()
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.cut()
}

func (p *proxy) accept(l net.Listener, address string) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", address)
		if err != nil {
			_ = client.Close()
			continue
		}
		if !p.keep(client, server) {
			return
		}
		var mute atomic.Bool // the reply to a marked command is due
		p.done.Go(func() { p.requests(client, server, &mute) })
		p.done.Go(func() { p.replies(client, server, &mute) })
	}
}

// keep remembers a pair of connections to cut later, or closes it at once if the
// proxy was shut while it was being made.
func (p *proxy) keep(client, server net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		_, _ = client.Close(), server.Close()
		return false
	}
	p.conns[client], p.conns[server] = true, true
	return true
}

// requests carries what the client says.
func (p *proxy) requests(client, server net.Conn, mute *atomic.Bool) {
	defer client.Close()
	defer server.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		switch p.meet(buf[:n]) {
		case dropRequest:
			return
		case dropReply:
			mute.Store(true)
		case hold:
			<-p.released
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// meet counts the marked commands of what arrived and says how to treat it.
func (p *proxy) meet(chunk []byte) treatment {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := bytes.Count(chunk, []byte(marker))
	p.marked += n
	switch {
	case n == 0:
		return forward
	case p.treat == dropFirstReply && p.marked == n:
		return dropReply
	}
	return p.treat
}

// replies carries what the server says until it is muted. Handshakes of other
// connections pass: without them a hidden retry would go unseen.
func (p *proxy) replies(client, server net.Conn, mute *atomic.Bool) {
	defer client.Close()
	defer server.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := server.Read(buf)
		if err != nil || mute.Load() {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
