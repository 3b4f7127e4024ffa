package check

import (
	"fmt"
	"sort"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// retryAfter looks for a service that promised too much: it denied a request, said
// when the same cost would be admitted if nobody else asked, and denied no more than
// that again, although the time had passed by any clock and nothing can have been
// charged in between.
//
// That it admits sooner is no fault, nor that whole seconds are rounded in either
// direction, and a service may spread its callers. The answers of limiters that run here are replayed.
func (d *desk) retryAfter(h *history.History) Finding {
	switch c := h.Trial.Contract; {
	case !h.Trial.Cell.Remote():
		return abstain("retry-after is judged where answers cannot be replayed: of remote limiters")
	case c.Kind == algorithms.EnvelopeOnly:
		return abstain("retry-after is not judged: the contract bounds what is admitted, not what is denied")
	case !h.Trial.Whole:
		return abstain("retry-after is not judged: the history is incomplete")
	}
	f := valid()
	d.eachKey(h, charged|denied, func(k *keyOps) {
		if broken := k.brokenPromise(h.Trial.Contract); f.Verdict == Valid && broken != "" {
			f = invalid("%s", broken)
		}
	})
	return f
}

// brokenPromise describes the first denial that contradicts an earlier one; empty if
// there is none. Denials that are charged themselves put off what they promise.
func (k *keyOps) brokenPromise(c algorithms.Contract) string {
	if k.chargeable(c).has(algorithms.Denied) {
		return ""
	}
	promised, quiet := k.promised(c), k.quietSince()
	// due holds the denials after the last charge, the one whose time passes first in
	// front: those that came before another with an earlier time are not needed.
	var due []int
	since := int64(-1)
	for i := range k.spans {
		again := &k.spans[i]
		if again.outcome != algorithms.Denied || int64(again.cost) > capacity(c) {
			continue
		}
		since = max(since, quiet(again.ret)) // a later one than need be proves no less
		for len(due) > 0 && k.spans[due[0]].inv <= since {
			due = due[1:]
		}
		if len(due) > 0 && again.inv >= promised[due[0]] && again.cost <= k.spans[due[0]].cost {
			return k.contradiction(due[0], i)
		}
		for len(due) > 0 && promised[due[len(due)-1]] >= promised[i] {
			due = due[:len(due)-1]
		}
		due = append(due, i)
	}
	return ""
}

// contradiction describes a denial that an earlier one had promised not to come.
func (k *keyOps) contradiction(first, again int) string {
	return fmt.Sprintf("operation %d on key %q was told to retry after %s; operation %d asked for no more %s later and was denied, although nothing was charged in between",
		k.pos[first], k.name(), time.Duration(k.op(first).RetryAfter)*time.Microsecond, k.pos[again], time.Duration(k.spans[again].inv-k.spans[first].ret))
}

// wholeSecond is what a time in whole seconds may be short of the one that is meant:
// a field in whole seconds cannot say it better, and an HTTP date never can.
const wholeSecond = int64(time.Second)

// promised is, for each span, when by any clock the time has passed after which it
// was told that it would be admitted; forever if it was told nothing.
func (k *keyOps) promised(c algorithms.Contract) []int64 {
	list := make([]int64, len(k.spans))
	for i := range k.spans {
		s, after := &k.spans[i], k.op(i).RetryAfter
		list[i] = forever
		if s.outcome == algorithms.Denied && after >= 0 && after <= latest/1000 {
			wait := after*1000 + int64(c.Granularity)
			if after*1000%wholeSecond == 0 {
				wait += wholeSecond
			}
			list[i] = s.ret + ceilDiv(wait, million, million-rho)
		}
	}
	return list
}

// quietSince returns a function that says until when, at the latest, something was
// charged of what was invoked up to an instant.
func (k *keyOps) quietSince() func(until int64) int64 {
	charges := make([]int64, len(k.spans)+1) // the latest ret of those before each span
	charges[0] = -1
	for i := range k.spans {
		charges[i+1] = charges[i]
		if s := &k.spans[i]; charged.has(s.outcome) {
			charges[i+1] = max(charges[i+1], s.ret)
		}
	}
	return func(until int64) int64 {
		return charges[sort.Search(len(k.spans), func(i int) bool { return k.spans[i].inv > until })]
	}
}
