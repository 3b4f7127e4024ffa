package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// namedWindow counts the cost admitted in each window that the server named by
// the instant at which it ends. No clock takes part: the same name is the same
// window.
func namedWindow(k *keyOps, c algorithms.Contract) (worst excess) {
	costs := k.namedCosts()
	for _, id := range slices.Sorted(maps.Keys(costs)) {
		worst = excess{admitted: costs[id], permitted: c.Limit.L, named: id}.worse(worst)
	}
	if worst.cost() > 0 {
		worst.from, worst.to = k.extent(worst.named)
		worst.why = fmt.Sprintf("the server counted them in one window, which ends at %d us of its clock", worst.named)
	}
	return worst
}

// namedCosts sums the admitted cost per window that the server named.
func (k *keyOps) namedCosts() map[algorithms.Instant]int64 {
	costs := map[algorithms.Instant]int64{}
	for i := range k.spans {
		if id := k.windowOf(i); id != 0 {
			costs[id] += int64(k.spans[i].cost)
		}
	}
	return costs
}

// windowOf is windowEnd of one of the key's operations.
func (k *keyOps) windowOf(i int) algorithms.Instant {
	return windowEnd(&k.h.Trial.Contract, k.op(i))
}

// windowEnd is the end of the window in which the server counted an allowed
// operation; 0 if it did not say. Windows aligned to the server's clock are also
// named by the time of the decision on it.
func windowEnd(c *algorithms.Contract, op *history.Op) algorithms.Instant {
	switch {
	case op.Outcome != algorithms.Allowed:
		return 0
	case op.ResetAt != 0 || op.At == 0 || c.Kind != algorithms.AlignedWindow:
		return op.ResetAt
	}
	w := algorithms.Instant(c.Limit.W.Microseconds())
	return op.At - op.At%w + w
}

// extent is the half-open interval in which the operations of a window lie.
func (k *keyOps) extent(id algorithms.Instant) (from, to int64) {
	from = latest
	for i := range k.spans {
		if k.windowOf(i) == id {
			from, to = min(from, k.spans[i].inv), max(to, k.spans[i].ret+1)
		}
	}
	return from, to
}

// denseWindow: an interval shorter than m windows touches at most m+1 of them.
// If it touches that many, the first was opened before it, by a request whose
// cost is spent there.
func denseWindow(k *keyOps, c algorithms.Contract) excess {
	opener := k.cheapestOpener(c)
	why := fmt.Sprintf("%s, the first of which spent %d or more before it", touched, opener)
	return k.denseIntervals(c, why, func(m int64) int64 { return (m+1)*c.Limit.L - opener })
}

// touched ends the explanation of both dense rules for windows.
const touched = "touches at most one window more"

// cheapestOpener is the least cost that any request may have opened a window with.
// A denied one never opens it, even if it is charged: in a new window there is
// room for all that may be charged.
func (k *keyOps) cheapestOpener(c algorithms.Contract) int64 {
	if !k.h.Trial.Whole {
		return 1 // it may be one of those not recorded
	}
	least := c.Limit.L
	for i := range k.spans {
		least = min(least, int64(k.spans[i].cost))
	}
	return least
}

// lostWindow looks for two windows of one key whose ends, by the server's own
// clock, are nearer than a window is long: the server forgot the first one while
// it lasted, whether or not the cost then admitted was too much.
//
// Where servers are known, windows of different ones are compared only if something was
// lost between them: a key that moves takes along its remaining time to live, and its
// window ends later by the time of the transport.
func (d *desk) lostWindow(h *history.History) Finding {
	t := traceOf(h)
	if t == nil {
		return d.nearWindows(h)
	}
	for rank := range t.ranks {
		if f := d.nearWindows(t.own(rank)); f.Verdict == Invalid {
			return f
		}
	}
	return d.nearWindows(t.forgotten())
}

// nearWindows looks for them among all windows.
func (d *desk) nearWindows(h *history.History) Finding {
	c := h.Trial.Contract
	f := valid()
	d.eachKey(h, allowed, func(k *keyOps) {
		if f.Verdict == Invalid {
			return
		}
		if first, second, found := k.nearNames(c); found {
			f = invalid("key %q: a window was lost: one ends at %d us of the server's clock and the next at %d us, less than %s later",
				k.name(), first, second, c.Limit.W)
		}
	})
	return f
}

// nearNames finds two consecutive windows that the contract keeps further apart.
func (k *keyOps) nearNames(c algorithms.Contract) (first, second algorithms.Instant, found bool) {
	for _, id := range slices.Sorted(maps.Keys(k.namedCosts())) {
		if first != 0 && id.Sub(first) < c.Limit.W-c.Granularity {
			return first, id, true
		}
		first = id
	}
	return 0, 0, false
}
