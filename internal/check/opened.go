package check

import (
	"fmt"

	"github.com/rlbench/rlbench/algorithms"
)

// openedWindow follows the windows of a key through a history that does not name
// them. Window j was opened at an unknown instant o_j, but
//
//	early_j <= o_j <= late_j
//
// where early_1 is the first inv of any request that can open a window, late_1
// the first ret of an allowed one, and, since a window lasts between short and
// long,
//
//	early_j+1 = the first instant >= early_j + short covered by a possible opener
//	late_j+1  = the first ret of an allowed operation invoked at or after late_j + long
//
// So what was admitted for certain between the latest end of window i-1 and the
// earliest end of window j was counted in j-i+1 windows at most. The largest
// excess over all i <= j is found with a running maximum over i, as in a bucket.
//
// Wherever no request can have taken effect for a whole lifetime, every window has
// ended and the count starts afresh. Without that, the error of each lifetime
// would add up and nothing would be certain after a few hundred windows.
func openedWindow(k *keyOps, c algorithms.Contract) excess {
	s := slackOf(c)
	if s.short <= 0 || !k.h.Trial.Whole {
		return excess{} // a window may have been opened by a request not recorded
	}
	o := opened{keyOps: k, slack: s, limit: c.Limit.L, returns: k.returns(allowed)}
	o.startAfresh(k.origin())
	o.follow()
	return o.found(c)
}

// opened is the state of following one key's windows.
type opened struct {
	*keyOps
	slack
	limit   int64
	returns []stamp // allowed spans in order of ret

	early   int64 // early_j of the current window
	windows int64 // j, counted from the last fresh start
	next    int   // the first span with inv > early
	before  int64 // cost of the allowed spans before it
	reached int64 // latest ret of the spans before next
	ended   int   // number of returns before early_j + short
	cost    int64 // and their cost

	late       late
	from, best start
	over       int64 // the largest excess so far, from best to
	to         int64 // this end
	through    int64 // over so many windows
}

// late is the latest end of windows so far: after ended, no window before the
// index-th is alive. span is the first one invoked from then on, before the cost of
// the allowed ones before it, and opens its nextReturn.
type late struct {
	ended int64
	index int64
	span  int

	before, opens int64
}

// start is a late end from which counting gives the most credit: its index's
// worth of limits, less the cost admitted before.
type start struct {
	late
	credit int64
}

// nextReturn is the first ret of span i and all later allowed ones. What is invoked
// after a ret returns after it.
func (k *keyOps) nextReturn(i int) int64 {
	first := int64(forever)
	for ; i < len(k.spans) && k.spans[i].inv < first; i++ {
		if s := &k.spans[i]; allowed.has(s.outcome) {
			first = min(first, s.ret)
		}
	}
	return first
}

// admitted is the cost of a span if it was allowed.
func (s *span) admitted() int64 {
	if !allowed.has(s.outcome) {
		return 0
	}
	return int64(s.cost)
}

// follow goes from window to window until everything admitted is counted.
func (o *opened) follow() {
	for at := o.origin(); o.ended < len(o.returns) && o.open(at); at = o.early + o.short {
		o.countEnded()
		o.advanceLate()
		o.weigh()
		o.skip()
	}
}

// open finds early_j, given that it is not before at. It is false if no request
// is left to open a window.
func (o *opened) open(at int64) bool {
	o.windows++
	if o.passTo(at); o.reached >= at {
		o.early = at
		return true
	}
	if o.next == len(o.spans) {
		return false
	}
	o.early = o.spans[o.next].inv
	if o.early-o.reached >= o.long {
		o.startAfresh(o.early)
		o.windows = 1
	}
	o.passTo(o.early)
	return true
}

// passTo moves next behind the spans invoked up to at.
func (o *opened) passTo(at int64) {
	for ; o.next < len(o.spans) && o.spans[o.next].inv <= at; o.next++ {
		o.reached = max(o.reached, o.spans[o.next].ret)
		o.before += o.spans[o.next].admitted()
	}
}

// startAfresh: at this instant every window has ended, and span next comes first.
func (o *opened) startAfresh(at int64) {
	o.late = late{ended: at, index: 1, span: o.next, before: o.before, opens: o.nextReturn(o.next)}
	o.from = start{o.late, o.limit - o.before}
}

// countEnded adds what returned before the earliest end of window j.
func (o *opened) countEnded() {
	for ; o.ended < len(o.returns) && o.returns[o.ended].at < o.early+o.short; o.ended++ {
		o.cost += int64(o.spans[o.returns[o.ended].span].cost)
	}
}

// advanceLate brings the latest ends up to window j: any of a window before it is
// a place to count from.
func (o *opened) advanceLate() {
	for l := &o.late; l.index < o.windows; {
		if l.opens == forever {
			return
		}
		l.ended = l.opens + o.long
		l.index++
		for ; l.span < len(o.spans) && o.spans[l.span].inv < l.ended; l.span++ {
			l.before += o.spans[l.span].admitted()
		}
		l.opens = o.nextReturn(l.span)
		if credit := l.index*o.limit - l.before; credit > o.from.credit {
			o.from = start{*l, credit}
		}
	}
}

// weigh compares what ended before the end of window j with what the windows from
// the best starting point on let through.
func (o *opened) weigh() {
	if over := o.cost + o.from.credit - (o.windows+1)*o.limit; over > o.over {
		o.over, o.best = over, o.from
		o.to, o.through = o.early+o.short, o.windows-o.from.index+1
	}
}

// skip passes over windows before whose end nothing more returns, while a slow
// or unknown operation may open one after the other: without it, one unknown
// operation would make the loop as long as the trial is in windows.
func (o *opened) skip() {
	if o.ended == len(o.returns) {
		return
	}
	until := min(o.reached, o.returns[o.ended].at)
	if n := (until-o.early)/o.short - 1; n > 0 {
		o.early += n * o.short
		o.windows += n
	}
}

// found counts the worst interval again, now exactly: the running sums leave out
// some of what overlaps its start.
func (o *opened) found(c algorithms.Contract) excess {
	if o.over <= 0 {
		return excess{}
	}
	e := excess{
		permitted: o.through * o.limit, from: o.best.ended, to: o.to,
		why: fmt.Sprintf("every earlier window had ended before the interval, and at most %d of %s fit in, wherever each was opened", o.through, c.Limit.W),
	}
	e.admitted = o.certain(e.from, e.to)
	return e
}
