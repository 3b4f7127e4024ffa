package algorithms

import "time"

// The buckets compute in credits. A request of cost n takes n*W credits, with W
// in microseconds, and every microsecond brings L of them: the rate L/W exactly,
// in integers, whether or not L divides W.

// Credits is what a cost n takes.
func (l Limit) Credits(n int64) int64 { return n * l.W.Microseconds() }

// Capacity is the credits of a full bucket: B*W, at most 2^52 by Validate.
func (l Limit) Capacity() int64 { return l.Credits(l.B) }

// TimeFor is how long the rate takes to bring at least that many credits, in
// whole microseconds: rounded down, it would promise an admission too early.
func (l Limit) TimeFor(credits int64) time.Duration {
	return time.Duration((credits+l.L-1)/l.L) * time.Microsecond
}

// SignedDebt is the decision of a bucket about a cost n, without the time at which it
// was made: debt is the credits that are missing after it if it is admitted, else
// minus those that are, minus 1.
func (l Limit) SignedDebt(n, debt int64) Decision {
	d := Decision{Allowed: debt >= 0, Limit: l.B}
	if !d.Allowed {
		debt = -1 - debt
	}
	switch {
	case d.Allowed:
	case n > l.B:
		d.RetryAfter = Never
	default:
		d.RetryAfter = l.TimeFor(debt + l.Credits(n) - l.Capacity())
	}
	d.Remaining = max(0, l.Capacity()-debt) / l.Credits(1)
	d.ResetAfter = l.TimeFor(debt)
	return d
}

// BucketEnvelope is the most cost that a bucket admits in a closed interval of
// length d: B + (L/W)d, rounded down. Whole windows are taken out first so that
// no product overflows.
func (l Limit) BucketEnvelope(d time.Duration) int64 {
	w := l.W.Microseconds()
	us := d.Microseconds()
	return l.B + us/w*l.L + us%w*l.L/w
}

// Outliving returns the argument of PX or PEXPIRE with which a key outlives d. It
// is in whole milliseconds, and the server adds it to its clock rounded down, in
// later versions to the clock as it was when the script began: one more
// millisecond keeps the sum from ending early.
func Outliving(d time.Duration) string {
	return Text(int64((d+time.Millisecond-1)/time.Millisecond) + 1)
}
