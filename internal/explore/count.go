package explore

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// Count is a number of schedules: there are more than a uint64 holds.
type Count struct{ hi, lo uint64 }

var one = Count{lo: 1}

// plus refuses to go beyond 2^128: a wrong number would be worse.
func (c Count) plus(d Count) Count {
	lo, carry := bits.Add64(c.lo, d.lo, 0)
	hi, carry := bits.Add64(c.hi, d.hi, carry)
	if carry != 0 {
		refuse("there are more schedules than can be counted")
	}
	return Count{hi, lo}
}

// Plus returns the sum.
func (c Count) Plus(d Count) Count { return c.plus(d) }

// IsZero says that there is none.
func (c Count) IsZero() bool { return c == Count{} }

// Big returns the number.
func (c Count) Big() *big.Int {
	n := new(big.Int).SetUint64(c.hi)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(c.lo))
}

// String is the number in decimal digits.
func (c Count) String() string { return c.Big().String() }

// MarshalJSON writes the number with all its digits.
func (c Count) MarshalJSON() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalJSON reads what MarshalJSON has written.
func (c *Count) UnmarshalJSON(text []byte) error {
	n, ok := new(big.Int).SetString(string(text), 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return fmt.Errorf("read count of schedules: %s is no number below 2^128", text)
	}
	c.lo = new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	c.hi = n.Rsh(n, 64).Uint64()
	return nil
}

// Float returns the nearest float64.
func (c Count) Float() float64 {
	f, _ := new(big.Float).SetInt(c.Big()).Float64()
	return f
}
