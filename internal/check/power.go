package check

import (
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// noPower withholds a valid verdict. It does so in every scenario, also in one
// that only measures and expects any verdict.
var noPower = Finding{
	Checker: "power", Verdict: Unknown,
	Reason: "no power: nothing was denied, so nothing shows that the limit is enforced",
}

// powerless says that the limiter was never made to choose: all that was asked for
// was admitted, and lawfully so, since nothing was found. Such a trial cannot tell
// a limiter from none. Denials of requests that could never pass do not count.
func powerless(h *history.History) bool {
	most := capacity(h.Trial.Contract)
	return !slices.ContainsFunc(h.Ops, func(op history.Op) bool {
		return op.Outcome == algorithms.Denied && int64(op.Cost) <= most
	})
}
