package report_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/result/resulttest"
)

// brief is of a page with room for a few rows.
func brief(w io.Writer, r *result.Result) error { return report.Brief(w, r, nil, 60_000) }

// FuzzReport: whatever a valid result holds, every form of the report is written, and
// the same every time.
func FuzzReport(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint8(seed*3), "naive")
	}
	f.Add(uint64(1), uint8(9), "a\x00|<&>\xff\u2028\n`ü%n")
	f.Add(uint64(2), uint8(9), "")
	f.Fuzz(func(t *testing.T, seed uint64, cells uint8, name string) {
		r := resulttest.Strange(rand.New(rand.NewPCG(seed, 0)), int(cells%40), name)
		if err := result.Encode(&bytes.Buffer{}, r); err != nil {
			return // not a valid result
		}
		for form, write := range map[string]writeFunc{"summary": report.Summary, "terminal": onTerminal, "bench": report.Bench, "brief": brief} {
			if first := text(t, write, r); first != text(t, write, r) {
				t.Errorf("%s: written differently the second time", form)
			}
		}
	})
}
