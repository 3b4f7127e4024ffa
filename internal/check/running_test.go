package check

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// whileRunning is what is said of a trial with one key, told of its operations in an
// order.
func whileRunning(h *history.History, order []int) (worst int64) {
	var r Running
	for _, i := range order {
		worst = r.Add(&h.Trial.Contract, &h.Ops[i])
	}
	return worst
}

// byReturn is the order in which a live trial is told.
func byReturn(h *history.History) []int {
	order := make([]int, len(h.Ops))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(h.Ops[a].Ret, h.Ops[b].Ret) })
	return order
}

// TestRunningAgainstJudgement: what is said while a trial runs is never more than what
// its whole history proves, in whatever order operations are reported, and nothing where
// exhaustion finds an explanation.
func TestRunningAgainstJudgement(t *testing.T) {
	for _, kind := range []algorithms.Kind{algorithms.Window, algorithms.Log, algorithms.Bucket} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(8, 0))
			certain, seen := 0, 0
			for i := range proofs {
				h := arbitrary(rng, kind)
				judged := new(desk).overshoot(h).Overshoot.Certain
				said := whileRunning(h, byReturn(h))
				shuffled := whileRunning(h, rng.Perm(len(h.Ops)))
				if most := max(said, shuffled); most > judged || most > 0 && explained(h) {
					t.Fatalf("history %d: %d said while running, %d judged\n%+v\n%+v", i, most, judged, h.Trial.Contract, h.Ops)
				}
				if judged > 0 {
					certain++
				}
				if said > 0 {
					seen++
				}
			}
			t.Logf("%d histories, %d with a certain overshoot, %.1f %% of them seen while running", proofs, certain, 100*float64(seen)/float64(certain))
			if certain < proofs/20 || seen*3 < certain {
				t.Errorf("%d of %d overshoots are seen while running, want a third", seen, certain)
			}
		})
	}
}

// Aligned windows have no enumeration: their judge is the measure, and long crowded
// histories are what intervals must be begun anew in.
func TestRunningOnCrowdedKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	seen := map[algorithms.Kind]int{}
	for range 400 {
		kind := judgedKinds[rng.IntN(len(judgedKinds))]
		h := crowded(rng, kind, 100+rng.IntN(900))
		for i := range h.Ops {
			if op := &h.Ops[i]; kind == algorithms.AlignedWindow && rng.IntN(2) == 0 {
				op.At = algorithms.Instant(op.Inv/1000 + 1)
			}
		}
		judged := new(desk).overshoot(h).Overshoot.Certain
		said := whileRunning(h, byReturn(h))
		if said > judged {
			t.Fatalf("%s: %d said while running, %d judged", kind, said, judged)
		}
		if said > 0 {
			seen[kind]++
		}
	}
	for _, kind := range judgedKinds {
		if seen[kind] == 0 {
			t.Errorf("%s: no overshoot was ever seen while running", kind)
		}
	}
}
