package policy

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// fallback has another limiter decide from a failure on until the cool-down is over: then
// the next requests ask the first one again.
type fallback struct {
	asked
	rest   cooldown
	second algorithms.Limiter
}

func newFallback(limiter, second algorithms.Limiter, with algorithms.Means) *fallback {
	return &fallback{asked: asked{limiter, with.Patience}, rest: cooldown{length: with.Cooldown, now: with.Now}, second: second}
}

// Allow implements algorithms.Limiter. Where the second limiter errs too, nothing was
// admitted, and the error is passed on.
func (f *fallback) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	by := algorithms.Unasked
	if !f.rest.lasts() {
		d, who, err := f.allow(ctx, key, n)
		if who == algorithms.ByLimiter {
			return d, err
		}
		f.rest.begin()
		by = who
	}
	d, err := f.second.Allow(ctx, key, n)
	d.By = by
	return d, err
}

// Close closes the second limiter.
func (f *fallback) Close() error {
	if c, ok := f.second.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// cooldown is a time in which the limiter is left alone.
type cooldown struct {
	length time.Duration
	now    func() time.Time

	mu    sync.Mutex
	until time.Time
}

func (c *cooldown) lasts() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Before(c.until)
}

// begin leaves one that lasts as it is: requests that were on their way when it began
// end in errors too.
func (c *cooldown) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); !now.Before(c.until) {
		c.until = now.Add(c.length)
	}
}
