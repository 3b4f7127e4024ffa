package workload

import (
	"math"
	"slices"
	"testing"
)

// drawn counts how often each key is drawn.
func drawn(w Closed, seed uint64, n int) []float64 {
	count := make([]float64, w.Keys)
	next := w.Draw(plan(), NewRand(seed, "closed"))
	for range n {
		count[next().Key]++
	}
	return count
}

// chiSquare compares counts with the shares that they should have.
func chiSquare(count []float64, share func(key int) float64) (sum float64) {
	var n float64
	for _, c := range count {
		n += c
	}
	for i, c := range count {
		want := n * share(i)
		sum += (c - want) * (c - want) / want
	}
	return sum
}

// Of 19 degrees of freedom, 43.8 is exceeded by chance once in a thousand times; the
// seeds are fixed, so the test does not fail by chance.
func TestKeysAreDrawnAsPlanned(t *testing.T) {
	const keys, skew, most = 20, 1.1, 43.8
	var harmonic float64
	for k := 1; k <= keys; k++ {
		harmonic += math.Pow(float64(k), -skew)
	}
	zipf := func(i int) float64 { return math.Pow(float64(i+1), -skew) / harmonic }
	uniform := func(int) float64 { return 1.0 / keys }
	for seed := range uint64(5) {
		flat, skewed := drawn(Closed{Keys: keys}, seed, 100_000), drawn(Closed{Keys: keys, Skew: skew}, seed, 100_000)
		if x := chiSquare(flat, uniform); x > most {
			t.Errorf("seed %d: uniform keys %v have a chi-square of %.1f", seed, flat, x)
		}
		if x := chiSquare(skewed, zipf); x > most {
			t.Errorf("seed %d: skewed keys %v have a chi-square of %.1f", seed, skewed, x)
		}
		if chiSquare(flat, zipf) <= most || chiSquare(skewed, uniform) <= most {
			t.Errorf("seed %d: the test does not tell the two distributions apart", seed)
		}
	}
}

func TestSeedDecidesTheKeys(t *testing.T) {
	w := Closed{Keys: 1_000_000, Skew: 1.1}
	if !slices.Equal(drawn(w, 1, 1000), drawn(w, 1, 1000)) {
		t.Error("equal seeds drew different keys")
	}
	if slices.Equal(drawn(w, 1, 1000), drawn(w, 2, 1000)) {
		t.Error("different seeds drew equal keys")
	}
}
