package algorithms_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
)

// anyLimit draws a limit that is valid, often close to the largest.
func anyLimit(t *rapid.T) algorithms.Limit {
	w := rapid.Int64Range(1, 24*3600*1000).Draw(t, "W in ms")
	most := int64(1<<52) / (w * 1000)
	size := rapid.Custom(func(t *rapid.T) int64 {
		return min(most, max(1, rapid.OneOf(rapid.Int64Range(1, 100), rapid.Int64Range(1, most)).Draw(t, "size")))
	})
	l := algorithms.Limit{L: size.Draw(t, "L"), W: time.Duration(w) * time.Millisecond, B: size.Draw(t, "B")}
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestBucketEnvelopeIsTheExactFractionRoundedDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLimit(t)
		d := time.Duration(rapid.Int64Range(0, 1000*int64(l.W)).Draw(t, "d"))
		want := new(big.Int).Mul(big.NewInt(d.Microseconds()), big.NewInt(l.L))
		want.Add(want.Div(want, big.NewInt(l.W.Microseconds())), big.NewInt(l.B))
		if got := l.BucketEnvelope(d); big.NewInt(got).Cmp(want) != 0 {
			t.Fatalf("envelope of %s is %d, want %s", d, got, want)
		}
	})
}

func TestTimeForIsTheFirstMicrosecondThatSuffices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLimit(t)
		credits := rapid.Int64Range(0, l.Capacity()).Draw(t, "credits")
		us := l.TimeFor(credits).Microseconds()
		if us*l.L < credits || us > 0 && (us-1)*l.L >= credits {
			t.Fatalf("%d credits at %d per microsecond take %d us", credits, l.L, us)
		}
	})
}

// A key must outlive its state whatever part of a millisecond the clock is at, on
// a server too that lets no key live through its deadline millisecond.
func TestOutlivingEndsNeverEarly(t *testing.T) {
	for phase := time.Duration(0); phase < time.Millisecond; phase += 37 * time.Microsecond {
		for d := time.Duration(0); d < 5*time.Millisecond; d += 41 * time.Microsecond {
			ms, err := time.ParseDuration(algorithms.Outliving(d) + "ms")
			if err != nil {
				t.Fatal(err)
			}
			if start := 7*time.Second + phase; (start.Truncate(time.Millisecond) + ms) < start+d {
				t.Fatalf("a life of %s that starts %s into a millisecond does not outlive %s", ms, phase, d)
			}
		}
	}
}

// The largest valid limit leaves room for every sum of the scripts in a double.
func TestLargestLimitIsExactInDoubles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLimit(t)
		if sum := 2 * l.Capacity(); sum > 1<<53 || int64(float64(sum-1)) != sum-1 {
			t.Fatalf("%+v: %d is not exact in a double", l, sum-1)
		}
	})
	if (algorithms.Limit{L: math.MaxInt64, W: time.Hour, B: 1}).Validate() == nil {
		t.Error("a limit is valid whose arithmetic overflows")
	}
}
