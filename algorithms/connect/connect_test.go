package connect

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/gcra"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

var limit = algorithms.NewLimit(100, time.Second)

// first is how many first requests there are at once.
const first = 500

// patient settings: what is tried is not how fast a busy machine answers.
var patient = drivers.Options{PoolSize: 1, Retries: drivers.NoRetries, DialTimeout: time.Minute, ReadTimeout: time.Minute, WriteTimeout: time.Minute}

func technique(t testing.TB, name string) algorithms.Technique {
	t.Helper()
	tech, err := Algorithm(gcra.Algorithm()).Technique(name)
	if err != nil {
		t.Fatal(err)
	}
	return tech
}

// service is a limiter that connects when it is first asked.
type service struct {
	limiter  algorithms.Limiter
	connects atomic.Int64
}

func begin(t testing.TB, name string, connect opener) *service {
	t.Helper()
	s := &service{}
	var ids atomic.Int64
	s.limiter = technique(t, name).Lazy(func(ctx context.Context) (drivers.Conn, error) {
		s.connects.Add(1)
		return connect(ctx)
	}, limit, algorithms.Env{Now: time.Now, ID: func() string { return strconv.FormatInt(ids.Add(1), 10) }})
	return s
}

func opening(d drivers.Driver, addr string) opener {
	return func(ctx context.Context) (drivers.Conn, error) {
		return d.Open(ctx, drivers.Endpoints{Addrs: []string{addr}}, patient)
	}
}

func (s *service) ask() error {
	_, err := s.limiter.Allow(context.Background(), "user", 1)
	return err
}

// close ends the service's connection, which it must have.
func (s *service) close(t testing.TB) {
	t.Helper()
	if err := s.limiter.(interface{ Close() error }).Close(); err != nil {
		t.Error(err)
	}
}

// storm has n requests begin at one instant, and returns their errors.
func (s *service) storm(n int) []error {
	errs, gate := make([]error, n), make(chan struct{})
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			<-gate
			errs[i] = s.ask()
		})
	}
	close(gate)
	all.Wait()
	return errs
}

// accepted is how many connections the server has accepted so far.
func accepted(t testing.TB, admin drivers.Conn) int64 {
	t.Helper()
	r, err := admin.Do(t.Context(), "INFO", "stats")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(provider.InfoFields(r.Text)["total_connections_received"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// 100 times of 100, behind every client: one connect, which the server sees as one
// connection, and an answer for everybody.
func TestSingleFlightConnectsOnceForAllFirstRequests(t *testing.T) {
	addr := providertest.Redis(t)
	list := driverlist.Drivers()
	admin, err := list[0].Open(t.Context(), drivers.Endpoints{Addrs: []string{addr}}, patient)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for round := range 100 {
		d := list[round%len(list)]
		before := accepted(t, admin)
		s := begin(t, "single-flight", opening(d, addr))
		for _, err := range s.storm(first) {
			if err != nil {
				t.Fatalf("round %d, %s: a first request fell back: %v", round, d.Name(), err)
			}
		}
		if n := s.connects.Load(); n != 1 {
			t.Errorf("round %d, %s: %d connects for %d first requests", round, d.Name(), n, first)
		}
		if n := accepted(t, admin) - before; n != 1 {
			t.Errorf("round %d, %s: the server accepted %d connections", round, d.Name(), n)
		}
		s.close(t)
	}
}

// While the first connects, all others are refused, although the server is healthy.
func TestCheckThenConnectRefusesWhoComesMeanwhile(t *testing.T) {
	addr := providertest.Redis(t)
	for _, d := range driverlist.Drivers() {
		var refused sync.WaitGroup
		refused.Add(first - 1)
		s := begin(t, "check-then-connect", func(ctx context.Context) (drivers.Conn, error) {
			refused.Wait() // a connect that takes as long as the others need to ask
			return opening(d, addr)(ctx)
		})
		var fell atomic.Int64
		var all sync.WaitGroup
		for range first {
			all.Go(func() {
				err := s.ask()
				if err == nil {
					return
				}
				if !errors.Is(err, ErrConnecting) || drivers.ClassOf(err) != drivers.Failed {
					t.Errorf("%s: a refused request: %v", d.Name(), err)
				}
				fell.Add(1)
				refused.Done()
			})
		}
		all.Wait()
		if fell.Load() != first-1 || s.connects.Load() != 1 {
			t.Errorf("%s: %d of %d fell back, after %d connects", d.Name(), fell.Load(), first, s.connects.Load())
		}
		if err := s.ask(); err != nil {
			t.Errorf("%s: the next request: %v", d.Name(), err)
		}
		s.close(t)
	}
}

// A connect to a server that is down fails for all who wait for it, and is forgotten:
// when the server is back, the next request connects.
func TestAFailedConnectIsTriedAgain(t *testing.T) {
	p, err := local.New(t.Context(), "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	n, err := p.Start(t.Context(), provider.Spec{Name: "redis-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Stop(context.Background()) })
	for _, tech := range Algorithm(gcra.Algorithm()).Techniques {
		for _, d := range driverlist.Drivers() {
			back, err := n.(provider.Killer).Kill(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s := begin(t, tech.Name, opening(d, n.Addr()))
			for _, err := range s.storm(20) {
				if err == nil || drivers.ClassOf(err) != drivers.Failed {
					t.Errorf("%s, %s: without a server: %v", tech.Name, d.Name(), err)
				}
			}
			failed := s.connects.Load()
			if err := back(); err != nil {
				t.Fatal(err)
			}
			if err := s.ask(); err != nil || s.connects.Load() != failed+1 {
				t.Errorf("%s, %s: with the server back: %v, %d connects before and %d now", tech.Name, d.Name(), err, failed, s.connects.Load())
			}
			s.close(t)
		}
	}
}

// Who gives up waiting takes the connect from nobody else.
func TestTheConnectOutlivesWhoBeganIt(t *testing.T) {
	addr := providertest.Redis(t)
	begun, gate := make(chan struct{}), make(chan struct{})
	s := begin(t, "single-flight", func(ctx context.Context) (drivers.Conn, error) {
		close(begun)
		<-gate
		return opening(driverlist.Drivers()[0], addr)(ctx)
	})
	ctx, giveUp := context.WithCancel(t.Context())
	left, stayed := make(chan error), make(chan error)
	go func() {
		_, err := s.limiter.Allow(ctx, "user", 1)
		left <- err
	}()
	<-begun
	go func() { stayed <- s.ask() }()
	giveUp()
	if err := <-left; !errors.Is(err, context.Canceled) || drivers.ClassOf(err) != drivers.Failed {
		t.Errorf("who gave up got %v", err)
	}
	close(gate)
	if err := <-stayed; err != nil || s.connects.Load() != 1 {
		t.Errorf("who stayed got %v, after %d connects", err, s.connects.Load())
	}
	s.close(t)
}

// Before the first request there is nothing to close.
func TestNothingIsOpenBeforeTheFirstRequest(t *testing.T) {
	for _, name := range []string{"check-then-connect", "single-flight"} {
		s := begin(t, name, func(context.Context) (drivers.Conn, error) { return nil, errors.New("asked for") })
		s.close(t)
		if err := s.ask(); err == nil || !strings.Contains(err.Error(), "asked for") || s.connects.Load() != 1 {
			t.Errorf("%s: %v, after %d connects", name, err, s.connects.Load())
		}
	}
}
