package check

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/rlbench/rlbench/algorithms"
)

// rho is how far the rates of two clocks may differ, in parts per million: the
// server's clock advances by between 1 - rho and 1 + rho seconds in one second of
// the history's. Clocks of one host are slewed together and do not differ;
// between two hosts 300 ppm is several times the error of an ordinary quartz.
const (
	rho     = 300
	million = 1_000_000
)

const (
	// latest bounds every instant and window of a well-formed history, in ns (36
	// years), so that no sum of a few of them overflows.
	latest = 1 << 60
	// forever is the return of an operation that may still take effect.
	forever = 1 << 62
)

// slack is a contract's window as the clock of a history sees it, in ns.
type slack struct {
	// exact is W, g the granularity of the clock that ends windows.
	exact, g int64
	// short is w-: operations that took effect less than this apart fell, by the
	// server's clock, less than W apart. Not positive if the clocks cannot tell.
	short int64
	// long is w+: what took effect this long ago, or longer, has expired.
	long int64
}

// slackOf widens and narrows W by the clock's rate error and granularity. A key
// with a time to live W lives through its last millisecond: g is not optional.
func slackOf(c algorithms.Contract) slack {
	w, g := int64(c.Limit.W), int64(c.Granularity)
	return slack{
		exact: w, g: g,
		short: w - ceilDiv(w, rho, million) - g,
		long:  ceilDiv(w+g, million, million-rho),
	}
}

// ceilDiv returns a*b/c rounded up, for non-negative a and b whose quotient fits.
func ceilDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(c))
	if r > 0 {
		q++
	}
	return int64(q)
}

// permitted is the most that a bucket's contract lets through in a closed
// interval of d ns, slack included: B + r(1+rho)(d+g), rounded down.
func permitted(c algorithms.Contract, d int64) int64 {
	cost := refill(c, rho, d+int64(c.Granularity))
	if cost > math.MaxInt64-c.Limit.B {
		return math.MaxInt64
	}
	return c.Limit.B + cost
}

// refill is what a bucket regains in d ns at the rate r(million + drift)/million,
// rounded down; MaxInt64 if it is more.
func refill(c algorithms.Contract, drift, d int64) int64 {
	rate, per := uint64(c.Limit.L)*uint64(million+drift), uint64(c.Limit.W)
	hi, lo := bits.Mul64(rate, uint64(d))
	if per < 1<<44 && hi < per*million {
		cost, _ := bits.Div64(hi, lo, per*million)
		return int64(min(cost, math.MaxInt64))
	}
	cost := product(c.Limit.L, million+drift, d)
	if cost.Quo(cost, product(int64(c.Limit.W), million)); !cost.IsInt64() {
		return math.MaxInt64
	}
	return cost.Int64()
}

func product(factors ...int64) *big.Int {
	p := big.NewInt(1)
	for _, f := range factors {
		p.Mul(p, big.NewInt(f))
	}
	return p
}

// scale expresses time and cost in one unit, in which a cost is the time that
// the bucket takes to refill it. Sums of costs are then compared with intervals
// by adding int64s. The unit is as fine as the trial's length and cost allow,
// about 2^-20 ns for a minute of load.
type scale struct {
	shift int   // a unit is 2^-shift ns
	unit  int64 // the time of cost 1, rounded
}

// newScale fits length (ns) and total (cost) into 60 bits each. The refill rate is
// r(million + drift)/million; the time of cost 1 is rounded up if up is set.
func newScale(l algorithms.Limit, drift, length, total int64, up bool) scale {
	num, den := product(int64(l.W), million), product(l.L, million+drift)
	perCost := new(big.Int).Quo(num, den).BitLen() + 1
	shift := 60 - max(bits.Len64(uint64(length)), bits.Len64(uint64(total))+perCost)
	if shift >= 0 {
		num.Lsh(num, uint(shift))
	} else {
		den.Lsh(den, uint(-shift))
	}
	unit, rest := num.QuoRem(num, den, new(big.Int))
	s := scale{shift: shift, unit: unit.Int64()}
	if up && rest.Sign() != 0 {
		s.unit++
	}
	return s
}

// time converts ns, rounding down.
func (s scale) time(ns int64) int64 {
	if s.shift >= 0 {
		return ns << s.shift
	}
	return ns >> -s.shift
}

// doubt is how much a difference of two intervals may be off by rounding: nothing
// unless the unit is longer than 1 ns.
func (s scale) doubt() int64 {
	if s.shift >= 0 {
		return 0
	}
	return 3
}
