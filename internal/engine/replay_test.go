package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/scenarios"
)

// On a real server the answers of multi and lua are exactly those of the contract,
// in the order of the server's clock: requests of unequal cost, many at once on one
// key, over many windows.
func TestAnswersReplay(t *testing.T) {
	b := bench(t)
	s := scenarios.Weighted()
	s.Limit = algorithms.NewLimit(50, 50*time.Millisecond)
	s.Duration = 700 * time.Millisecond
	replayed := 0
	for _, a := range algorithmlist.Algorithms() {
		for _, tech := range a.Techniques {
			if !tech.Serial || tech.NoServer || a.Control {
				continue
			}
			replayed++
			t.Run(a.Name+"/"+tech.Name, func(t *testing.T) {
				h, err := b.Trial(t.Context(), cellOf(t, s, a.Name, tech.Name, "goredis"))
				if err != nil {
					t.Fatal(err)
				}
				report := check.Judge(h)
				i := slices.IndexFunc(report.Findings, func(f check.Finding) bool { return f.Checker == "replay" })
				f := report.Findings[i]
				if f.Verdict != check.Valid || f.Compared*10 <= int64(len(h.Ops))*9 {
					t.Errorf("%s %q, %d of %d operations compared, want valid and more than 90 %%", f.Verdict, f.Reason, f.Compared, len(h.Ops))
				}
				t.Logf("%d of %d operations compared", f.Compared, len(h.Ops))
			})
		}
	}
	if replayed != 8 {
		t.Errorf("%d techniques were tried, want multi and lua of four algorithms", replayed)
	}
}
