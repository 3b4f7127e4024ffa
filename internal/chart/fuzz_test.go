package chart

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/result/resulttest"
)

// FuzzRender: whatever a valid result holds, drawing ends and does not crash. Results
// are small and not turned into pixels, because an input that takes ten seconds counts
// as one that hangs.
func FuzzRender(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*3), "naive")
	}
	f.Add(uint64(1), uint8(9), "a\x00<&>\xff\u2028 ü%n")
	f.Add(uint64(2), uint8(9), "")
	f.Fuzz(func(t *testing.T, seed uint64, cells uint8, name string) {
		r := resulttest.Strange(rand.New(rand.NewPCG(seed, 0)), int(cells%10), name)
		if err := result.Encode(&bytes.Buffer{}, r); err != nil {
			return // not a valid result
		}
		for _, c := range All() {
			f, err := c.Draw(r)
			if errors.Is(err, ErrNoData) {
				continue
			}
			if err == nil {
				_, err = f.svg()
			}
			if err != nil {
				t.Fatalf("%s: %v", c.Name(), err)
			}
		}
	})
}
