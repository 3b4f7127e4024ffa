package workload

import "math/rand/v2"

// Closed plans a closed loop: every worker sends its next operation as soon as
// the last one is answered, on a key drawn from Keys.
type Closed struct {
	Keys int
	// Skew is the exponent s of a Zipf distribution over the keys: the k-th of them,
	// from 1, is drawn with a probability in proportion to k^-s. It is above 1, or 0
	// for keys that are all alike.
	Skew float64
}

// Draw returns the source of one worker's operations, whose At is meaningless in a
// closed loop. Equal sources of randomness give equal operations.
func (w Closed) Draw(p Plan, rng *rand.Rand) func() Arrival {
	key := func() int32 { return rng.Int32N(int32(w.Keys)) }
	if w.Skew > 0 {
		zipf := rand.NewZipf(rng, w.Skew, 1, uint64(w.Keys-1)) // v = 1: k counts from 1
		key = func() int32 { return int32(zipf.Uint64()) }
	}
	return func() Arrival { return Arrival{Key: key(), Cost: p.cost(rng)} }
}
