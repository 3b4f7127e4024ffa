package algotest

import (
	"github.com/rlbench/rlbench/algorithms"
)

// lawful says whether the contract allows the last request of a sequence to be
// admitted, given which ones before it were. It is written from the contract's
// definition, not from any model.
func lawful(c algorithms.Contract, sequence []request) bool {
	past := sequence[:len(sequence)-1]
	last := sequence[len(sequence)-1]
	last.admit = true
	switch c.Kind {
	case algorithms.Window:
		return lawfulWindow(c.Limit, past, last)
	case algorithms.AlignedWindow:
		return lawfulAligned(c.Limit, past, last)
	case algorithms.Log:
		return lawfulLog(c.Limit, past, last)
	case algorithms.Bucket:
		return lawfulBucket(c.Limit, past, last)
	}
	return true
}

// lawfulWindow: a window opens with an admitted request and lasts through the
// millisecond that is W after the one it opened in; it holds at most L.
func lawfulWindow(l algorithms.Limit, past []request, last request) bool {
	opened, cost := int64(-1), int64(0)
	for _, r := range append(past[:len(past):len(past)], last) {
		if opened < 0 || r.at.Milli() > opened+l.W.Milliseconds() {
			opened, cost = -1, 0
		}
		if r.admit {
			cost += r.n
			if opened < 0 {
				opened = r.at.Milli()
			}
		}
	}
	return cost <= l.L
}

// lawfulAligned: [kW, (k+1)W) holds at most L.
func lawfulAligned(l algorithms.Limit, past []request, last request) bool {
	w := algorithms.Instant(l.W.Microseconds())
	cost := last.n
	for _, r := range past {
		if r.admit && r.at/w == last.at/w {
			cost += r.n
		}
	}
	return cost <= l.L
}

// lawfulLog: the half-open interval of length W that ends with the request holds
// at most L; those that end later hold no more yet.
func lawfulLog(l algorithms.Limit, past []request, last request) bool {
	cost := last.n
	for _, r := range past {
		if r.admit && last.at.Sub(r.at) < l.W {
			cost += r.n
		}
	}
	return cost <= l.L
}

// lawfulBucket: for every s, the cost in [s, t] is at most B + (L/W)(t - s).
func lawfulBucket(l algorithms.Limit, past []request, last request) bool {
	w := l.W.Microseconds()
	cost := last.n
	if cost > l.B {
		return false
	}
	for i := len(past) - 1; i >= 0; i-- {
		if past[i].admit {
			cost += past[i].n
		}
		if (cost-l.B)*w > l.L*last.at.Sub(past[i].at).Microseconds() {
			return false
		}
	}
	return true
}
