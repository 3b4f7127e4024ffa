package providertest

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider"
)

func TestRedis(t *testing.T) {
	var addr string
	t.Run("answers while the test runs", func(t *testing.T) {
		addr = Redis(t)
		if _, err := provider.Identify(context.Background(), addr); err != nil {
			t.Fatal(err)
		}
	})
	if s, err := provider.Identify(context.Background(), addr); err == nil {
		t.Fatalf("%s still answers after the test: %+v", addr, s)
	}
}

// A group answers as what it is, and nothing of it is left when the test has ended.
func TestGroups(t *testing.T) {
	for _, start := range []func(testing.TB) (drivers.Endpoints, func(string)){Sentinel, Cluster} {
		var at drivers.Endpoints
		var killed string
		t.Run("starts", func(t *testing.T) {
			var kill func(string)
			began := time.Now()
			at, kill = start(t)
			t.Logf("%s: ready after %v", at.Mode, time.Since(began).Round(time.Millisecond))
			killed = primaryOf(t, at)
			kill(killed)
			if _, err := provider.Identify(context.Background(), killed); err == nil {
				t.Errorf("%s answers after it was killed", killed)
			}
		})
		for _, addr := range append(at.Addrs, killed) {
			if s, err := provider.Identify(context.Background(), addr); err == nil {
				t.Errorf("%s: %s still answers after the test: %+v", at.Mode, addr, s)
			}
		}
	}
}

// primaryOf asks for a primary in the way of each mode.
func primaryOf(t *testing.T, at drivers.Endpoints) string {
	t.Helper()
	conn, err := redigo.Driver{}.Open(t.Context(), drivers.Endpoints{Addrs: at.Addrs[:1]}, drivers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cmd := []string{"CLUSTER", "SLOTS"}
	if at.Mode == drivers.Sentinel {
		cmd = []string{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", at.Primary}
	}
	reply, err := conn.Do(t.Context(), cmd...)
	if err != nil {
		t.Fatal(err)
	}
	if at.Mode == drivers.Sentinel {
		return net.JoinHostPort(reply.Items[0].Text, reply.Items[1].Text)
	}
	primary := reply.Items[0].Items[2].Items
	return net.JoinHostPort(primary[0].Text, strconv.FormatInt(primary[1].Int, 10))
}
