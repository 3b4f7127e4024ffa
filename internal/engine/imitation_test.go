//go:build !race

// The imitation reads its clock without its lock where it parses SET PXAT: the race
// detector reports that, and it is not ours to mend.

package engine

import (
	"context"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/embedded"
	"github.com/rlbench/rlbench/scenarios"
)

// imitated is a bench on a server that is not a Redis.
func imitated(t *testing.T) *Bench {
	t.Helper()
	p := embedded.New("a test asked for it")
	n, err := p.Start(t.Context(), provider.Spec{Name: "redis-1"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(t.Context(), drivers.Endpoints{Addrs: []string{n.Addr()}}, nil, p.Traits(), driverlist.Drivers())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(); _ = n.Stop(context.Background()) })
	return b
}

// Where the imitation differs from Redis, a limiter that is right must not be called
// wrong: it is valid, or void because the imitation is too slow for the load.
func TestNoCorrectLimiterIsInvalidOnAnImitation(t *testing.T) {
	s := scenarios.Concurrent()
	s.Limit = algorithms.NewLimit(10, 100*time.Millisecond)
	s.Duration, s.Rate = 700*time.Millisecond, 200
	for _, a := range algorithmlist.Algorithms() {
		for _, tech := range a.Techniques {
			if !tech.Atomic || tech.NoServer || a.Control {
				continue
			}
			for _, d := range driverlist.Drivers() {
				t.Run(a.Name+"/"+tech.Name+"/"+d.Name(), func(t *testing.T) {
					t.Parallel()
					h, err := imitated(t).Trial(t.Context(), cellOf(t, s, a.Name, tech.Name, d.Name()))
					if err != nil {
						t.Fatal(err)
					}
					r := check.Judge(h)
					t.Logf("%s %s", r.Verdict, r.Void)
					if r.Verdict == check.Invalid || r.Verdict == check.Unknown && r.Void == "" && r.Findings[0].Checker != "imitation" {
						t.Errorf("%s: %+v", r.Verdict, r.Findings)
					}
				})
			}
		}
	}
}

// What an imitation cannot tell is unknown, never zero.
func TestAnImitationTellsNothingOfTheServer(t *testing.T) {
	b := imitated(t)
	h, err := b.Trial(t.Context(), cellOf(t, short(), "gcra", "lua", "redigo"))
	if err != nil {
		t.Fatal(err)
	}
	c, a := h.Trial.Client, h.Trial.Audit
	if h.Trial.Server != nil || c.CPUus != nil || c.Allocs != nil || a.Bytes != nil {
		t.Errorf("server %+v, client %+v, audit %+v: want nothing of CPU, allocations and sizes", h.Trial.Server, c, a)
	}
	if c.Trips == 0 || c.Connections == 0 {
		t.Errorf("client %+v: trips and connections are known", c)
	}
}
