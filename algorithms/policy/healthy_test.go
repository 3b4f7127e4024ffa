package policy_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/gcra"
	"github.com/rlbench/rlbench/algorithms/policy"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// watched is a connection whose transactions tell before their steps.
type watched struct {
	drivers.Conn
	before func(ctx context.Context, step string)
}

func (c watched) Watch(ctx context.Context, keys []string, fn func(drivers.Tx) error) error {
	return c.Conn.Watch(ctx, keys, func(tx drivers.Tx) error { return fn(watchedTx{tx, c}) })
}

type watchedTx struct {
	drivers.Tx
	conn watched
}

func (tx watchedTx) Read(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	tx.conn.before(ctx, "read")
	return tx.Tx.Read(ctx, cmds...)
}

func (tx watchedTx) Exec(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	tx.conn.before(ctx, "exec")
	return tx.Tx.Exec(ctx, cmds...)
}

// counted is a limiter that counts how often it is asked.
type counted struct {
	algorithms.Limiter
	calls int
}

func (c *counted) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	c.calls++
	return c.Limiter.Allow(ctx, key, n)
}

// subject is a transaction of GCRA behind one client and one policy, on a server that
// answers everybody.
type subject struct {
	policed algorithms.Limiter
	limiter *counted
	before  func(ctx context.Context, step string)
	other   algorithms.Limiter // another client, with a script
}

func newSubject(t *testing.T, p algorithms.Policy, d drivers.Driver, addr string) *subject {
	t.Helper()
	conn, err := d.Open(t.Context(), drivers.Endpoints{Addrs: []string{addr}}, drivers.Clients(8)[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	limit, a := algorithms.NewLimit(1000, time.Hour), gcra.Algorithm()
	technique := func(name string, on drivers.Conn) algorithms.Limiter {
		i := slices.IndexFunc(a.Techniques, func(tech algorithms.Technique) bool { return tech.Name == name })
		return a.Techniques[i].New(on, limit, algorithms.Env{Now: time.Now})
	}
	s := &subject{other: technique("lua", conn), before: func(context.Context, string) {}}
	s.limiter = &counted{Limiter: technique("multi", watched{conn, func(ctx context.Context, step string) { s.before(ctx, step) }})}
	s.policed, err = p.Wrap(s.limiter, algorithms.Means{
		Limit: limit, Unused: a.Model(limit), Now: time.Now, Patience: time.Second, Cooldown: time.Hour, Database: t.TempDir() + "/charges.db",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := s.policed.(interface{ Close() error }); ok {
		t.Cleanup(func() { _ = c.Close() })
	}
	return s
}

// decides demands that the limiter decides, as if nothing had been.
func (s *subject) decides(t *testing.T, key string) {
	t.Helper()
	s.before = func(context.Context, string) {}
	if d, err := s.policed.Allow(t.Context(), key, 1); err != nil || !d.Allowed || d.By != algorithms.ByLimiter {
		t.Errorf("then %+v, %v, want an admission by the limiter", d, err)
	}
}

// A server that answers is none that fails, whatever a policy is for: neither a caller who
// hangs up nor a busy key is its business.
func TestPoliciesKeepOutOfWhatIsNoOutage(t *testing.T) {
	addr := providertest.Redis(t)
	for _, d := range driverlist.Drivers() {
		for _, p := range policy.All() {
			t.Run(d.Name()+"/"+p.Name, func(t *testing.T) {
				t.Parallel()
				s := newSubject(t, p, d, addr)
				key := t.Name()
				s.hungUp(t, key)
				s.decides(t, key)
				s.busy(t, key)
				s.decides(t, key)
			})
		}
	}
}

// hungUp has as many callers hang up, or run out of time, as would open any breaker.
func (s *subject) hungUp(t *testing.T, key string) {
	for i := range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		if i%2 == 1 {
			ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
		}
		s.before = func(ctx context.Context, _ string) {
			if i%2 == 0 {
				cancel()
			}
			<-ctx.Done()
		}
		d, err := s.policed.Allow(ctx, key, 1)
		if d.By != algorithms.ByLimiter || (err == nil) != d.Allowed || err == nil && i%2 == 1 { // not every client notices a cancellation
			t.Errorf("caller %d got %+v, %v, want what the limiter answers", i, d, err)
		}
		cancel()
	}
}

// busy has another client change the key before each EXEC until the patience is over:
// once asked again, as long as the caller waits; then until the caller has had enough.
func (s *subject) busy(t *testing.T, key string) {
	s.limiter.calls = 0
	conflicts := 0
	s.before = func(ctx context.Context, step string) {
		switch {
		case s.limiter.calls > 1:
		case step == "exec":
			conflicts++
			if _, err := s.other.Allow(t.Context(), key, 1); err != nil {
				t.Error(err)
			}
		case conflicts > 0:
			<-ctx.Done()
		}
	}
	d, err := s.policed.Allow(t.Context(), key, 1)
	if err != nil || !d.Allowed || d.By != algorithms.ByLimiter || s.limiter.calls != 2 || conflicts == 0 {
		t.Errorf("busy for a while: %+v, %v after %d conflicts and %d calls", d, err, conflicts, s.limiter.calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	attempts := 0
	s.before = func(_ context.Context, step string) {
		if step != "exec" {
			return
		}
		if _, err := s.other.Allow(t.Context(), key, 1); err != nil {
			t.Error(err)
		}
		if attempts++; attempts == 3 {
			cancel()
		}
	}
	if d, err := s.policed.Allow(ctx, key, 1); !errors.Is(err, algorithms.ErrConflict) || d != (algorithms.Decision{}) {
		t.Errorf("busy for as long as the caller waits: %+v, %v", d, err)
	}
}
