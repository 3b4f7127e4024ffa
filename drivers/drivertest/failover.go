package drivertest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// failover: the client of a primary that is replaced writes to the new one before
// long, in every way, and its errors stay true to their class.
func (s suite) failover(t *testing.T, replace func(t *testing.T, primary string)) {
	await(t, "the group to be whole", func() bool { return s.whole(t) })
	conn := s.open(t)
	for _, op := range operations() {
		if err := op.run(within(t), conn); err != nil {
			t.Fatalf("%s: %v", op.name, err)
		}
	}
	old := s.owner(t)
	began := time.Now()
	replace(t, old)
	owner := old
	await(t, "the promotion", func() bool {
		_ = operations()[0].run(after(t, time.Second), conn) // a client in use
		owner = s.owner(t)
		return owner != old
	})
	promoted := time.Since(began)
	server := s.single(t, owner)
	must(t, server, "SCRIPT", "FLUSH")
	for _, op := range operations() {
		s.recovers(t, op, conn, server)
	}
	t.Logf("%s %s: promotion seen after %v, all ways of writing after %v",
		s.driver.Name(), s.at.Mode, promoted.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

// whole reports whether a primary of the group could be replaced now.
func (s suite) whole(t *testing.T) bool {
	if s.at.Mode == drivers.Cluster {
		return len(s.shardOf(t, marker).Items) == 4 // first slot, last slot, primary, replica
	}
	for _, sentinel := range s.at.Addrs {
		said := fmt.Sprint(must(t, s.single(t, sentinel), "SENTINEL", "REPLICAS", s.at.Primary))
		down := strings.Contains(said, "s_down") || strings.Contains(said, "disconnected")
		if following := fmt.Sprint(text("ok")); down || strings.Count(said, following) != len(s.nodes(t))-1 {
			return false
		}
	}
	return true
}

// recovers: the operation succeeds, and then has run on the new primary. Of those that
// failed before, none has. The old primary may succeed for a while, for sentinels do
// not stop it.
func (s suite) recovers(t *testing.T, op operation, conn, server drivers.Conn) {
	limit := within(t)
	for {
		before, _ := must(t, server, "GET", marker).Int64()
		err := op.run(after(t, time.Second), conn)
		now, _ := must(t, server, "GET", marker).Int64()
		switch {
		case err == nil && now == before+1:
			return
		case err == nil && (now != before || s.at.Mode == drivers.Cluster):
			t.Fatalf("%s: counter on the new primary went from %d to %d, want one more", op.name, before, now)
		case drivers.ClassOf(err) == drivers.Failed && now != before:
			t.Errorf("%s: got %q, but the counter went from %d to %d", op.name, err, before, now)
		case limit.Err() != nil:
			t.Fatalf("%s: no success on the new primary: %v", op.name, err)
		}
	}
}

// promote has a replica of the primary take over. The group may not be ready for that
// yet.
func (s suite) promote(t *testing.T, _ string) {
	addr, cmd := s.at.Addrs[0], drivers.Cmd("SENTINEL", "FAILOVER", s.at.Primary)
	if s.at.Mode == drivers.Cluster {
		addr, cmd = addrOf(s.shardOf(t, marker).Items[3].Items), drivers.Cmd("CLUSTER", "FAILOVER")
	}
	server := s.single(t, addr)
	await(t, "a failover to begin", func() bool {
		_, err := server.Do(context.Background(), cmd...)
		return err == nil
	})
}
