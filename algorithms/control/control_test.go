package control

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/tokenbucket"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

var limit = algorithms.NewLimit(3, time.Second)

func TestControlsAdmitEverything(t *testing.T) {
	at := drivers.Endpoints{Addrs: []string{providertest.Redis(t)}}
	conn, err := redigo.Driver{}.Open(t.Context(), at, drivers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	limiters := map[string]algorithms.Limiter{}
	for _, tech := range Algorithm().Techniques {
		limiters[tech.Name] = tech.New(conn, limit, algorithms.Env{})
		for range 2 * limit.L {
			if d, err := limiters[tech.Name].Allow(t.Context(), "user", 2); err != nil || !d.Allowed {
				t.Errorf("%s: %+v, %v", tech.Name, d, err)
			}
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := limiters["noop"].Allow(t.Context(), "user", 1); err != nil {
		t.Errorf("noop used the connection: %v", err)
	}
	if d, err := limiters["ping"].Allow(t.Context(), "user", 1); algorithms.OutcomeOf(d, err) != algorithms.Failed {
		t.Errorf("ping on a closed connection: %+v, %v, want failed", d, err)
	}
}

func TestControlsRefuseACostBelowOne(t *testing.T) {
	for _, a := range []algorithms.Algorithm{Algorithm(), InProcess(tokenbucket.Algorithm())} {
		for _, tech := range a.Techniques {
			if _, err := tech.New(nil, limit, algorithms.Env{Now: time.Now}).Allow(t.Context(), "user", 0); !errors.Is(err, algorithms.ErrCost) {
				t.Errorf("%s/%s: %v, want ErrCost", a.Name, tech.Name, err)
			}
		}
	}
}

// clock is a client's clock that only the test moves.
type clock struct{ now time.Time }

func (c *clock) env() algorithms.Env {
	return algorithms.Env{Now: func() time.Time { return c.now }}
}

func newMemory(c *clock, l algorithms.Limit) algorithms.Limiter {
	return InProcess(tokenbucket.Algorithm()).Techniques[0].New(nil, l, c.env())
}

func TestMemoryFollowsTheModelOfEachKey(t *testing.T) {
	c := &clock{time.UnixMicro(1_700_000_000_000_000)}
	limiter := newMemory(c, limit)
	models := map[string]algorithms.Model{"a": tokenbucket.Algorithm().Model(limit), "b": tokenbucket.Algorithm().Model(limit)}
	for i := range int64(100) {
		c.now = c.now.Add(time.Duration(i%7) * 31 * time.Millisecond)
		for key, m := range models {
			got, err := limiter.Allow(t.Context(), key, 1+i%2)
			next, want := m.Step(algorithms.InstantOf(c.now), 1+i%2)
			models[key] = next
			if err != nil || got != want {
				t.Fatalf("request %d of %s: %+v, %v, want %+v", i, key, got, err, want)
			}
		}
	}
}

func TestMemoryAdmitsTheLimitToManyGoroutines(t *testing.T) {
	limiter := newMemory(&clock{time.UnixMicro(1)}, algorithms.NewLimit(50, time.Second))
	var admitted atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if d, _ := limiter.Allow(context.Background(), "user", 1); d.Allowed {
					admitted.Add(1)
				}
			}
		})
	}
	all.Wait()
	if admitted.Load() != 50 {
		t.Errorf("%d admitted, want 50", admitted.Load())
	}
}
