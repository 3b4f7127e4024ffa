package check

import "github.com/rlbench/rlbench/algorithms"

// book is what has been charged to a key under a contract, as of one instant: the
// sequential meaning of the contract in integers, written from its definition and
// not from the algorithms' models, so that the two cannot share a mistake. It is a
// value, so that a state can be kept. Times are microseconds of the server's clock.
type book[B any] interface {
	// at is the book at a later instant, for a decision that the server counted in
	// the window of that name; 0 if it named none.
	at(now int64, window algorithms.Instant) (B, gap)
	// room is the cost that may be admitted; below 0 if denials were charged.
	room() int64
	// wait is the time until there is room for n, which there is not yet.
	wait(n int64) int64
	charge(n int64) B
}

// resolution is the contract's granularity, rounded up.
func resolution(c algorithms.Contract) int64 { return (int64(c.Granularity) + 999) / 1000 }

// windowBook counts in a window that opens with the first charge.
type windowBook struct {
	limit, life, g    int64
	now, opened, cost int64
	name              algorithms.Instant
}

func newWindowBook(c algorithms.Contract) windowBook {
	return windowBook{limit: c.Limit.L, life: c.Limit.W.Microseconds(), g: resolution(c)}
}

// at follows the server's name for the window where the resolution of the clock that
// ends windows leaves open whether this one has ended.
func (b windowBook) at(now int64, window algorithms.Instant) (windowBook, gap) {
	b.now = now
	age, named := now-b.opened, window != 0 && b.name != 0
	switch {
	case b.cost == 0:
		b.name = window
	case named && window != b.name && age >= b.life-b.g, !named && age > b.life+b.g:
		b.cost, b.name = 0, window
	case named && (window != b.name || age > b.life+b.g):
		return b, gap{kind: inWindow, lawful: b.opened + b.life}
	case !named && age >= b.life-b.g:
		return b, gap{kind: unclear}
	}
	return b, gap{}
}

func (b windowBook) room() int64      { return b.limit - b.cost }
func (b windowBook) wait(int64) int64 { return b.opened + b.life - b.now }

func (b windowBook) charge(n int64) windowBook {
	if b.cost == 0 {
		b.opened = b.now
	}
	b.cost += n
	return b
}

// logBook holds every charge. Those after gone, up to last, count.
type logBook struct {
	limit, life int64
	now         int64
	// entries is shared by all states of the key: each uses it up to its own last.
	entries    *[]logEntry
	gone, last int
}

// logEntry is a charge; sum is its cost and that of all before it.
type logEntry struct{ at, sum int64 }

func newLogBook(c algorithms.Contract) logBook {
	return logBook{limit: c.Limit.L, life: c.Limit.W.Microseconds(), entries: &[]logEntry{{}}}
}

func (b logBook) at(now int64, _ algorithms.Instant) (logBook, gap) {
	b.now = now
	for b.gone < b.last && (*b.entries)[b.gone+1].at <= now-b.life {
		b.gone++
	}
	return b, gap{}
}

func (b logBook) room() int64 {
	e := *b.entries
	return b.limit - (e[b.last].sum - e[b.gone].sum)
}

func (b logBook) wait(n int64) int64 {
	e := *b.entries
	for i := b.gone + 1; ; i++ {
		if e[b.last].sum-e[i].sum+n <= b.limit {
			return e[i].at + b.life - b.now
		}
	}
}

func (b logBook) charge(n int64) logBook {
	*b.entries = append((*b.entries)[:b.last+1], logEntry{b.now, (*b.entries)[b.last].sum + n})
	b.last++
	return b
}

// bucketBook counts in credits: a cost of 1 is as many as the window has
// microseconds, and each microsecond brings L of them back.
type bucketBook struct {
	rate, each, full int64
	now              int64
	debt             int64 // credits that are missing
}

func newBucketBook(c algorithms.Contract) bucketBook {
	l := c.Limit
	return bucketBook{rate: l.L, each: l.W.Microseconds(), full: l.B * l.W.Microseconds()}
}

func (b bucketBook) at(now int64, _ algorithms.Instant) (bucketBook, gap) {
	if passed := now - b.now; passed > b.debt/b.rate {
		b.debt = 0
	} else {
		b.debt -= passed * b.rate
	}
	b.now = now
	return b, gap{}
}

func (b bucketBook) room() int64 { return (b.full - b.debt) / b.each }

func (b bucketBook) wait(n int64) int64 {
	return (b.debt + n*b.each - b.full + b.rate - 1) / b.rate
}

func (b bucketBook) charge(n int64) bucketBook {
	b.debt += n * b.each
	return b
}
