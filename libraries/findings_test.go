package main

import (
	"strconv"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// Why runs with windows below a second find go-redisstore without a limit: the script
// gives its key a life of three whole intervals in whole seconds, rounded down, and
// EXPIRE of 0 seconds deletes the key.
func TestGoRedisstoreForgetsWindowsBelowASecond(t *testing.T) {
	for _, c := range []struct {
		window  time.Duration
		allowed bool
		exists  int64
	}{{999 * time.Millisecond, true, 0}, {time.Hour, false, 1}} {
		addr := providertest.Redis(t)
		limit := algorithms.NewLimit(3, c.window)
		limiter := library{technique: intervals().Techniques[0]}.open(t, addr, bounded(), limit)
		for range limit.L {
			allow(t, limiter, "a", 1)
		}
		if d := allow(t, limiter, "a", 1); d.Allowed != c.allowed {
			t.Errorf("%s: beyond the limit: %+v, want allowed %v", c.window, d, c.allowed)
		}
		if r, err := admin(t, addr).Do(t.Context(), "EXISTS", "a"); err != nil || r.Int != c.exists {
			t.Errorf("%s: EXISTS answers %d, %v, want %d", c.window, r.Int, err, c.exists)
		}
	}
}

// Why runs with buckets that take longer than a second to fill find throttled above
// its rate: the stores round the life of a key down to whole seconds, as redigostore
// documents, and with it goes the rest of what was charged.
func TestThrottledForgetsBeforeTheBucketIsFull(t *testing.T) {
	limit := algorithms.NewLimit(2, 3900*time.Millisecond)
	for _, technique := range []algorithms.Technique{throttledGoRedis(), throttledRedigo()} {
		addr := providertest.Redis(t)
		limiter := library{technique: technique}.open(t, addr, bounded(), limit)
		allow(t, limiter, "a", 1)
		allow(t, limiter, "a", 1)
		r, err := admin(t, addr).Multi(t.Context(), drivers.Cmd("GET", "a"), drivers.Cmd("PEXPIRETIME", "a"))
		if err != nil {
			t.Fatal(err)
		}
		full, err := strconv.ParseInt(r[0].Text, 10, 64) // ns since 1970
		if err != nil {
			t.Fatal(err)
		}
		if early := time.UnixMilli(r[1].Int).Sub(time.Unix(0, full)); early >= 0 || early < -time.Second {
			t.Errorf("%s: its key expires %s after the bucket is full, want up to a second before", technique.Name, early)
		}
	}
}
