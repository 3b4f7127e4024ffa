package providertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// replication makes a replica follow at once and notice a lost primary soon.
var replication = []string{
	"--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
	"--repl-ping-replica-period", "1", "--repl-timeout", "5", "--shutdown-timeout", "0",
}

// group is servers that form one deployment, while they are being set up.
type group struct {
	t     testing.TB
	ctx   context.Context
	nodes []provider.Node
	conns map[string]drivers.Conn // by address
}

// startGroup starts count servers at once, each with its own arguments after the
// common ones.
func startGroup(t testing.TB, count int, args func() []string) *group {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	t.Cleanup(cancel)
	g := &group{t: t, ctx: ctx, nodes: make([]provider.Node, count), conns: map[string]drivers.Conn{}}
	p, err := local.New(ctx, "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	var started sync.WaitGroup
	for i := range g.nodes {
		spec := provider.Spec{Name: fmt.Sprintf("redis-%d", i+1), Args: append(args(), replication...)}
		started.Go(func() { g.nodes[i] = g.start(p, spec) })
	}
	started.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return g
}

// start runs beside others, so that it reports a failure and goes on.
func (g *group) start(p *local.Provider, spec provider.Spec) provider.Node {
	n, err := p.Start(g.ctx, spec)
	if err != nil {
		g.t.Error(err)
		return nil
	}
	g.t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			g.t.Error(err)
		}
	})
	return n
}

// kill ends the server at addr by SIGKILL.
func (g *group) kill(addr string) {
	g.t.Helper()
	for _, n := range g.nodes {
		if n.Addr() != addr {
			continue
		}
		if err := n.Stop(context.Background()); err != nil {
			g.t.Fatal(err)
		}
		return
	}
	g.t.Fatalf("kill %s: no such server", addr)
}

// conn returns a connection to one server.
func (g *group) conn(addr string) drivers.Conn {
	g.t.Helper()
	if g.conns[addr] == nil {
		c, err := redigo.Driver{}.Open(g.ctx, drivers.Endpoints{Addrs: []string{addr}}, drivers.Options{})
		if err != nil {
			g.t.Fatal(err)
		}
		g.t.Cleanup(func() { _ = c.Close() })
		g.conns[addr] = c
	}
	return g.conns[addr]
}

// do sends a command to one server; it must succeed.
func (g *group) do(addr string, cmd ...string) drivers.Reply {
	g.t.Helper()
	reply, err := g.conn(addr).Do(g.ctx, cmd...)
	if err != nil {
		g.t.Fatalf("%s: %s: %v", addr, strings.Join(cmd, " "), err)
	}
	return reply
}

// says reports whether the answer to a command holds each of the words.
func (g *group) says(addr, cmd string, words ...string) bool {
	reply, err := g.conn(addr).Do(g.ctx, strings.Fields(cmd)...)
	said := fmt.Sprint(reply)
	for _, word := range words {
		if err != nil || !strings.Contains(said, word) {
			return false
		}
	}
	return true
}

// await polls a condition of the servers.
func (g *group) await(what string, holds func() bool) {
	g.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-g.ctx.Done():
			g.t.Fatalf("await %s: %v", what, g.ctx.Err())
		case <-tick.C:
		}
	}
}

// freePort returns a port on which nobody listens. It is not one of those that the system
// hands out: between now and the start of a server that is told to use it, a connection of
// somebody else would take it.
func freePort(t testing.TB) string {
	t.Helper()
	const first, last = 16384, 32767
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(last-first))))
		if err == nil {
			defer l.Close()
			return portOf(l.Addr().String())
		}
	}
	t.Fatal("100 ports are all taken")
	return ""
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}
