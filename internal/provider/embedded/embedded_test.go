package embedded

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/provider"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) drivers.Conn {
	t.Helper()
	n, err := New("a test asked for it").Start(t.Context(), provider.Spec{Name: "redis-1"})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := goredis.Driver{}.Open(t.Context(), drivers.Endpoints{Addrs: []string{n.Addr()}}, drivers.Options{PoolSize: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		for range 2 { // Stop is idempotent
			if err := n.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	return conn
}

func do(t *testing.T, conn drivers.Conn, cmd ...string) drivers.Reply {
	t.Helper()
	r, err := conn.Do(context.Background(), cmd...)
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return r
}

// A key is there before its deadline and gone after it, by the real clock.
func TestKeysExpireByRealTime(t *testing.T) {
	conn := start(t)
	deadline := time.Now().Add(50 * time.Millisecond)
	do(t, conn, "SET", "k", "1", "PXAT", strconv.FormatInt(deadline.UnixMilli(), 10))
	for {
		asked := time.Now()
		gone := do(t, conn, "GET", "k").IsNil()
		if gone && time.Now().Before(deadline.Truncate(time.Millisecond)) {
			t.Fatal("the key was gone before its deadline")
		}
		if gone {
			return
		}
		if asked.After(deadline) {
			t.Fatal("the key is there after its deadline")
		}
	}
}

// Within a script time stands still, however long it runs, as in Redis from 7.0 on:
// else a deadline would not follow from the TIME that the same script has read.
func TestTimeStandsStillWithinAScript(t *testing.T) {
	conn := start(t)
	script := drivers.NewScript(`
		local t = redis.call('TIME')
		redis.call('SET', KEYS[1], 1, 'PX', 1000)
		for i = 1, 20000 do end
		local u = redis.call('TIME')
		return {(u[1] - t[1]) * 1000000 + u[2] - t[2],
			redis.call('PEXPIRETIME', KEYS[1]) - t[1] * 1000 - math.floor(t[2] / 1000)}`)
	var clients sync.WaitGroup
	for client := range 4 { // others move the clock meanwhile
		clients.Go(func() {
			for range 20 {
				dst := make([]int64, 2)
				if err := conn.Eval(context.Background(), script, []string{strconv.Itoa(client)}, nil, dst); err != nil {
					t.Error(err)
				} else if dst[0] != 0 || dst[1] != 1000 {
					t.Errorf("time went on by %d us in a script, and its key ends after %d ms, want 0 and 1000", dst[0], dst[1])
				}
			}
		})
	}
	clients.Wait()
}

// Every TIME lies between the call and its answer, and never runs back.
func TestTimeIsTheMachines(t *testing.T) {
	conn := start(t)
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			last := int64(0)
			for range 200 {
				before := time.Now().UnixMicro()
				r, err := conn.Do(context.Background(), "TIME")
				after := time.Now().UnixMicro()
				if err != nil {
					t.Error(err)
					return
				}
				s, _ := r.Items[0].Int64()
				us, _ := r.Items[1].Int64()
				if at := s*1e6 + us; at < before || at > after || at < last {
					t.Errorf("TIME is %d, called at %d and answered at %d, the last was %d", at, before, after, last)
				} else {
					last = at
				}
			}
		})
	}
	clients.Wait()
}

func TestArgumentsAreRefused(t *testing.T) {
	if _, err := New("").Start(t.Context(), provider.Spec{Name: "redis-1", Args: []string{"--appendonly", "yes"}}); err == nil {
		t.Error("arguments were accepted, and would have been ignored")
	}
}
