package check

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
)

func drawContract(t *rapid.T, kind algorithms.Kind) algorithms.Contract {
	c := algorithms.Contract{Kind: kind, Granularity: rapid.SampledFrom([]time.Duration{time.Microsecond, time.Millisecond}).Draw(t, "g")}
	c.Limit.W = time.Duration(rapid.Int64Range(1, 1<<40).Draw(t, "window")) * time.Millisecond
	most := int64(1<<52) / c.Limit.W.Microseconds()
	c.Limit.L = rapid.Int64Range(1, max(1, most)).Draw(t, "limit")
	c.Limit.B = rapid.Int64Range(1, max(1, most)).Draw(t, "burst")
	return c
}

func rational(num, den int64) *big.Rat { return big.NewRat(num, den) }

func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }

// TestSlack: short and long bound a lifetime as the slowest and the fastest clock
// of a server see it, with exact arithmetic.
func TestSlack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContract(t, algorithms.Window)
		s := slackOf(c)
		fast, slow := rational(million+rho, million), rational(million-rho, million)
		w, g := rational(int64(c.Limit.W), 1), rational(int64(c.Granularity), 1)
		// Operations short apart are, on the fastest clock and with both instants
		// rounded to g, less than W apart.
		if add(mul(rational(s.short, 1), fast), g).Cmp(w) > 0 {
			t.Errorf("short %d is too long for %+v", s.short, c)
		}
		if mul(rational(s.long, 1), slow).Cmp(add(w, g)) < 0 {
			t.Errorf("long %d is too short for %+v", s.long, c)
		}
		if got, want := float64(s.long-s.short), 2*(float64(w.Num().Int64())*rho/million+float64(c.Granularity)); got > want*1.01+10 {
			t.Errorf("slack of %f ns, want about %f", got, want)
		}
	})
}

// TestRefill compares the fast path with exact arithmetic.
func TestRefill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContract(t, algorithms.Bucket)
		d := rapid.Int64Range(0, latest).Draw(t, "d")
		drift := rapid.SampledFrom([]int64{-rho, 0, rho}).Draw(t, "drift")
		want := new(big.Int).Quo(product(c.Limit.L, million+drift, d), product(int64(c.Limit.W), million))
		if !want.IsInt64() {
			want.SetInt64(math.MaxInt64)
		}
		if got := refill(c, drift, d); got != want.Int64() {
			t.Errorf("refill %d, want %s", got, want)
		}
	})
}

// TestScale: no sum that a checker forms overflows, and the time of a cost is
// rounded to the side that was asked for.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawContract(t, algorithms.Bucket)
		length := rapid.Int64Range(0, latest+1000).Draw(t, "length")
		total := rapid.Int64Range(1, latest).Draw(t, "total")
		up := rapid.Bool().Draw(t, "up")
		sc := newScale(c.Limit, rho, length, total, up)
		if sum := product(sc.unit, total); sum.BitLen() > 62 || sc.time(length) >= latest {
			t.Errorf("cost %d and length %d do not fit: %s, %d", total, length, sum, sc.time(length))
		}
		exact := new(big.Rat).SetFrac(product(int64(c.Limit.W), million), product(c.Limit.L, million+rho))
		unit := new(big.Rat).SetInt64(sc.unit)
		if shift := new(big.Int).Lsh(big.NewInt(1), uint(max(sc.shift, -sc.shift))); sc.shift >= 0 {
			exact.Mul(exact, new(big.Rat).SetInt(shift))
		} else {
			exact.Quo(exact, new(big.Rat).SetInt(shift))
		}
		if up && unit.Cmp(exact) < 0 || !up && unit.Cmp(exact) > 0 {
			t.Errorf("unit %s is rounded to the wrong side of %s", unit, exact)
		}
	})
}
