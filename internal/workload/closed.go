package workload

import "math/rand/v2"

// Closed plans a closed loop: every worker sends its next operation as soon as
// the last one is answered, on a key drawn uniformly from Keys.
type Closed struct{ Keys int }

// Next draws one operation; At is meaningless in a closed loop.
func (w Closed) Next(p Plan, rng *rand.Rand) Arrival {
	return Arrival{Key: rng.Int32N(int32(w.Keys)), Cost: p.cost(rng)}
}
