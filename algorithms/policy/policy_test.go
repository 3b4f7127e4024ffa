package policy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// asking is a limiter that the test has fail, and that counts how often it is asked.
type asking struct {
	mu    sync.Mutex
	err   error // what it ends in; nil for an admission
	asked int
}

func (a *asking) Allow(context.Context, string, int64) (algorithms.Decision, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	return algorithms.Decision{Allowed: a.err == nil}, a.err
}

func (a *asking) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

var (
	refused = drivers.WithClass(drivers.Failed, errors.New("connection refused"))
	silence = context.DeadlineExceeded
)

// clock is one that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// model admits two requests of cost 1 for ever.
type model struct{ left int64 }

func (m model) Step(at algorithms.Instant, n int64) (algorithms.Model, algorithms.Decision) {
	if n > m.left {
		return m, algorithms.Decision{At: at}
	}
	return model{m.left - n}, algorithms.Decision{Allowed: true, At: at}
}

func (model) Envelope(time.Duration) int64            { return 2 }
func (model) Forget(algorithms.Instant) time.Duration { return time.Hour }

var limit = algorithms.NewLimit(2, time.Second)

func means(t *testing.T, c *clock) algorithms.Means {
	return algorithms.Means{
		Limit: limit, Unused: model{2}, Now: c.read, Patience: time.Minute, Cooldown: 30 * time.Second,
		Database: filepath.Join(t.TempDir(), "a database?with=1&odd#name.db"),
	}
}

func wrap(t *testing.T, p algorithms.Policy, limiter algorithms.Limiter, with algorithms.Means) algorithms.Limiter {
	t.Helper()
	w, err := p.Wrap(limiter, with)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := w.(interface{ Close() error }); ok {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return w
}

func ask(t *testing.T, l algorithms.Limiter) algorithms.Decision {
	t.Helper()
	d, err := l.Allow(t.Context(), "user", 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newClock() *clock { return &clock{now: time.UnixMicro(1_700_000_000_000_000)} }

func TestPoliciesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range All() {
		if err := p.Validate(); err != nil || seen[p.Name] {
			t.Errorf("%s: %v, there twice: %t", p.Name, err, seen[p.Name])
		}
		seen[p.Name] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d policies, want 5", len(seen))
	}
}

// While the limiter answers, a policy is not there.
func TestPoliciesLeaveDecisionsAlone(t *testing.T) {
	for _, p := range All() {
		limiter := &asking{}
		w := wrap(t, p, limiter, means(t, newClock()))
		for range 10 {
			if d := ask(t, w); d != (algorithms.Decision{Allowed: true}) {
				t.Errorf("%s answers %+v", p.Name, d)
			}
		}
		if limiter.asked != 10 {
			t.Errorf("%s asked %d times, want 10", p.Name, limiter.asked)
		}
	}
}

func TestPoliciesRefuseACostBelowOne(t *testing.T) {
	for _, p := range All() {
		for _, err := range []error{nil, refused} {
			limiter := &asking{err: err}
			if _, err := wrap(t, p, limiter, means(t, newClock())).Allow(t.Context(), "user", 0); !errors.Is(err, algorithms.ErrCost) || limiter.asked > 0 {
				t.Errorf("%s: %v, asked %d times", p.Name, err, limiter.asked)
			}
		}
	}
}

// What each does with errors, and that it says so: request after request, of which the
// counting ones have room for two.
func TestPoliciesDecide(t *testing.T) {
	for _, c := range []struct {
		policy  algorithms.Policy
		allowed [7]bool
		asked   int
		last    algorithms.By
	}{
		{closed(), [7]bool{}, 7, algorithms.AfterFailed},
		{open(), [7]bool{true, true, true, true, true, true, true}, 7, algorithms.AfterFailed},
		{local(), [7]bool{true, true}, 1, algorithms.Unasked},
		{sqlite(), [7]bool{true, true}, 1, algorithms.Unasked},
		{breaker(), [7]bool{}, failures, algorithms.Unasked},
	} {
		t.Run(c.policy.Name, func(t *testing.T) {
			for _, own := range []struct {
				err error
				by  algorithms.By
			}{{refused, algorithms.AfterFailed}, {silence, algorithms.AfterUnknown}} {
				limiter := &asking{err: own.err}
				w := wrap(t, c.policy, limiter, means(t, newClock()))
				for i, allowed := range c.allowed {
					by := own.by
					if i >= c.asked {
						by = algorithms.Unasked
					}
					if d := ask(t, w); d.Allowed != allowed || d.By != by {
						t.Errorf("request %d after %v: %+v, want allowed %t by %s", i, own.err, d, allowed, by)
					}
				}
				if limiter.asked != c.asked {
					t.Errorf("asked %d times, want %d", limiter.asked, c.asked)
				}
			}
		})
	}
}

// A fallback asks again when the cool-down is over, not before, and not only once.
func TestFallbacksComeBack(t *testing.T) {
	for _, p := range []algorithms.Policy{local(), sqlite()} {
		t.Run(p.Name, func(t *testing.T) {
			c, limiter := newClock(), &asking{err: refused}
			w := wrap(t, p, limiter, means(t, c))
			ask(t, w)
			limiter.fail(nil)
			c.pass(30*time.Second - 1)
			if d := ask(t, w); d.By != algorithms.Unasked {
				t.Errorf("within the cool-down: %+v", d)
			}
			c.pass(1)
			for range 2 {
				if d := ask(t, w); d.By != algorithms.ByLimiter {
					t.Errorf("after the cool-down: %+v", d)
				}
			}
			limiter.fail(silence)
			if d := ask(t, w); d.By != algorithms.AfterUnknown {
				t.Errorf("after another error: %+v", d)
			}
			if d := ask(t, w); d.By != algorithms.Unasked {
				t.Errorf("after another error, and once more: %+v", d)
			}
		})
	}
}

// The breaker lets one request through when the cool-down is over.
func TestBreakerCloses(t *testing.T) {
	limiter, with := &asking{err: refused}, means(t, newClock())
	with.Cooldown = time.Millisecond
	w := wrap(t, breaker(), limiter, with)
	for range failures {
		ask(t, w)
	}
	limiter.fail(nil)
	for limit := time.Now().Add(time.Minute); ask(t, w).By != algorithms.ByLimiter; {
		if time.Now().After(limit) {
			t.Fatal("the breaker stays open")
		}
	}
}

// silent is a limiter that answers when its context ends, and no sooner.
type silent struct{}

func (silent) Allow(ctx context.Context, _ string, _ int64) (algorithms.Decision, error) {
	<-ctx.Done()
	return algorithms.Decision{}, ctx.Err()
}

// No policy waits as long as the operation may last.
func TestPatience(t *testing.T) {
	for _, p := range All() {
		with := means(t, newClock())
		with.Patience = time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if d, err := wrap(t, p, silent{}, with).Allow(ctx, "user", 1); err != nil || d.By != algorithms.AfterUnknown || ctx.Err() != nil {
			t.Errorf("%s: %+v, %v", p.Name, d, err)
		}
	}
}

// Errors that say nothing about the server are passed on as they are, and nothing follows
// from them, however many there are: the caller's own, also where a client notices its
// deadline first, and a key that is busy.
func TestPoliciesPassOnWhatIsNoFailure(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	hasty, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for _, p := range All() {
		for name, c := range map[string]struct {
			ctx context.Context
			err error
		}{
			"hung up":    {over, refused},
			"in a hurry": {hasty, drivers.WithClass(drivers.Unknown, os.ErrDeadlineExceeded)},
			"busy key":   {t.Context(), algorithms.ErrConflict},
			"cut short":  {t.Context(), drivers.WithClass(drivers.Unknown, fmt.Errorf("%w: %w", algorithms.ErrConflict, silence))},
		} {
			limiter, with := &asking{err: c.err}, means(t, newClock())
			with.Patience = 2 * time.Hour
			w := wrap(t, p, limiter, with)
			for range failures + 1 {
				if d, err := w.Allow(c.ctx, "user", 1); !errors.Is(err, c.err) || d.By != algorithms.ByLimiter {
					t.Errorf("%s, %s: %+v, %v, want %v", p.Name, name, d, err, c.err)
				}
			}
			limiter.fail(nil)
			if d := ask(t, w); d.By != algorithms.ByLimiter || limiter.asked != failures+2 {
				t.Errorf("%s, %s: then %+v, asked %d times", p.Name, name, d, limiter.asked)
			}
		}
	}
}

// A breaker that tries one request takes neither yes nor no from one that says nothing: it
// tries another.
func TestBreakerIsNotClosedByTheCallersOwnError(t *testing.T) {
	limiter, with := &asking{err: refused}, means(t, newClock())
	with.Cooldown = time.Millisecond
	w := wrap(t, breaker(), limiter, with)
	for range failures {
		ask(t, w)
	}
	limiter.fail(algorithms.ErrConflict)
	for limit := time.Now().Add(time.Minute); limiter.asked == failures; {
		if _, err := w.Allow(t.Context(), "user", 1); err != nil && !errors.Is(err, algorithms.ErrConflict) || time.Now().After(limit) {
			t.Fatalf("nothing is tried: %v", err)
		}
	}
	limiter.fail(refused)
	if d := ask(t, w); d.By != algorithms.AfterFailed {
		t.Errorf("the next one: %+v", d)
	}
	if d := ask(t, w); d.By != algorithms.Unasked && limiter.asked == failures+2 {
		t.Errorf("after it failed: %+v", d)
	}
}

func TestLocalNeedsAModel(t *testing.T) {
	with := means(t, newClock())
	with.Unused = nil
	if _, err := local().Wrap(&asking{}, with); err == nil {
		t.Error("it decides by nothing")
	}
}

// No interval of a window's length holds more than the limit, whatever the costs and
// however the requests come, and a request is denied only for what such an interval holds.
func TestChargesAreALog(t *testing.T) {
	c := newClock()
	with := means(t, c)
	with.Limit = algorithms.Limit{L: 7, W: time.Second, B: 5}
	table, err := newCharges(with)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	type charge struct {
		at   time.Time
		cost int64
	}
	held := map[string][]charge{}
	for i := range int64(600) {
		c.pass(time.Duration(i%11) * 17 * time.Millisecond)
		key, n := [2]string{"a", "b\xff"}[i%2], 1+i%3
		sum := int64(0)
		for _, x := range held[key] {
			if x.at.After(c.now.Add(-time.Second)) {
				sum += x.cost
			}
		}
		d, err := table.Allow(t.Context(), key, n)
		if want := sum+n <= 5; err != nil || d.Allowed != want {
			t.Fatalf("request %d: %+v, %v, with %d held", i, d, err, sum)
		}
		if d.Allowed {
			held[key] = append(held[key], charge{c.now, n})
			sum += n
		}
		if d.Remaining != 5-sum {
			t.Errorf("request %d: %d remain, want %d", i, d.Remaining, 5-sum)
		}
	}
	if d, err := table.Allow(t.Context(), "a", 6); err != nil || d.Allowed || d.RetryAfter != algorithms.Never {
		t.Errorf("more than there ever is: %+v, %v", d, err)
	}
	c.pass(time.Minute)
	if _, err := table.Allow(t.Context(), "c", 1); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := table.db.QueryRow("SELECT COUNT(*) FROM charges").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows are left, %v, want the one that counts", rows, err)
	}
}

// Several processes open the same file: together they admit the limit.
func TestChargesAreShared(t *testing.T) {
	c := newClock()
	with := means(t, c)
	with.Limit = algorithms.NewLimit(50, time.Hour)
	var admitted atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		table, err := newCharges(with)
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		for range 4 {
			all.Go(func() {
				for range 10 {
					d, err := table.Allow(t.Context(), "user", 1)
					for err != nil && t.Context().Err() == nil { // busy: others write
						d, err = table.Allow(t.Context(), "user", 1)
					}
					if d.Allowed {
						admitted.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	if admitted.Load() != 50 {
		t.Errorf("%d admitted, want 50", admitted.Load())
	}
}

// Processes that start at once may all make the database.
func TestChargesAreMadeByManyAtOnce(t *testing.T) {
	with := means(t, newClock())
	for range 40 {
		with.Database = filepath.Join(t.TempDir(), "charges.db")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				table, err := newCharges(with)
				if err != nil {
					t.Error(err)
					return
				}
				_ = table.Close()
			})
		}
		all.Wait()
	}
}

// Where the second limiter errs too, nothing is admitted.
func TestFallbackThatFails(t *testing.T) {
	limiter := &asking{err: refused}
	w := wrap(t, sqlite(), limiter, means(t, newClock()))
	ask(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d, err := w.Allow(ctx, "user", 1)
	if err == nil || d.Allowed || algorithms.OutcomeOf(d, err) != algorithms.Unknown {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := newCharges(algorithms.Means{Limit: limit}); err == nil {
		t.Error("a database without a path was opened")
	}
}
