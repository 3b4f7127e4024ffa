package drivertest

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// single connects to one server of a group, without the options under test.
func (s suite) single(t testing.TB, addr string) drivers.Conn {
	t.Helper()
	return suite{driver: s.driver}.openAt(t, drivers.Endpoints{Addrs: []string{addr}})
}

// direct connects to the server that accepts writes of the suite's keys.
func (s suite) direct(t testing.TB) drivers.Conn {
	t.Helper()
	return s.single(t, s.owner(t))
}

// owner is the address of that server.
func (s suite) owner(t testing.TB) string {
	t.Helper()
	return s.ownerOf(t, marker)
}

// ownerOf returns the address of the server that accepts writes of the key.
func (s suite) ownerOf(t testing.TB, key string) string {
	t.Helper()
	switch s.at.Mode {
	case drivers.Sentinel:
		return addrOf(s.ask(t, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", s.at.Primary).Items)
	case drivers.Cluster:
		return addrOf(s.shardOf(t, key).Items[2].Items)
	}
	return s.at.Addrs[0]
}

// shardOf returns first slot, last slot, primary and replicas of a key. A node that has
// heard of a demotion before the promotion knows nobody who serves the slot, for a moment.
func (s suite) shardOf(t testing.TB, key string) (found drivers.Reply) {
	t.Helper()
	slot := s.ask(t, "CLUSTER", "KEYSLOT", key).Int
	await(t, "a node that serves "+key, func() bool {
		for _, shard := range s.ask(t, "CLUSTER", "SLOTS").Items {
			if shard.Items[0].Int <= slot && slot <= shard.Items[1].Int {
				found = shard
				return true
			}
		}
		return false
	})
	return found
}

// nodes are the addresses of all servers that hold keys.
func (s suite) nodes(t testing.TB) (addrs []string) {
	t.Helper()
	if s.at.Mode != drivers.Sentinel {
		return s.at.Addrs
	}
	for _, replica := range must(t, s.direct(t), "ROLE").Items[2].Items {
		addrs = append(addrs, addrOf(replica.Items))
	}
	return append(addrs, s.owner(t))
}

// ask puts a question about the group to the first of its addresses that answers.
func (s suite) ask(t testing.TB, cmd ...string) drivers.Reply {
	t.Helper()
	var last error
	for _, addr := range s.at.Addrs {
		conn, err := s.driver.Open(within(t), drivers.Endpoints{Addrs: []string{addr}}, drivers.Clients(1)[0])
		if err != nil {
			last = err
			continue
		}
		reply, err := conn.Do(within(t), cmd...)
		_ = conn.Close()
		if err == nil {
			return reply
		}
		last = err
	}
	t.Fatalf("%v: %v", cmd, last)
	return drivers.Reply{}
}

// addrOf reads host and port, which a server answers as text or as a number.
func addrOf(host []drivers.Reply) string {
	port := host[1].Text
	if host[1].Kind == drivers.Int {
		port = strconv.FormatInt(host[1].Int, 10)
	}
	return net.JoinHostPort(host[0].Text, port)
}

// await polls a condition of the servers.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	limit := within(t)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-limit.Done():
			t.Fatalf("await %s: %v", what, limit.Err())
		case <-tick.C:
		}
	}
}
