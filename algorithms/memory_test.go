package algorithms

import (
	"strconv"
	"testing"
	"time"
)

// once admits one request per key and second.
type once struct{ until Instant }

func (m once) Step(at Instant, _ int64) (Model, Decision) {
	if at < m.until {
		return m, Decision{At: at}
	}
	return once{at.Add(time.Second)}, Decision{Allowed: true, At: at}
}

func (m once) Envelope(d time.Duration) int64  { return 1 + int64(d/time.Second) }
func (m once) Forget(at Instant) time.Duration { return max(0, m.until.Sub(at)) }

func TestMemoryDropsKeysThatNoLongerMatter(t *testing.T) {
	now := time.UnixMicro(1)
	limiter := InMemory(once{}, func() time.Time { return now })
	for i := range 100_000 {
		now = now.Add(time.Millisecond)
		if d, err := limiter.Allow(t.Context(), strconv.Itoa(i), 1); err != nil || !d.Allowed {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	// A key matters for a second here, so a thousand do at a time.
	if n := len(limiter.(*memory).states); n < 1000 || n > 5000 {
		t.Errorf("%d keys are held, want those that matter and not many more", n)
	}
	if d, _ := limiter.Allow(t.Context(), "99999", 1); d.Allowed {
		t.Error("a key was dropped that still mattered")
	}
}
