package fixedwindow

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// kept are the techniques that are evidence: what is found in the world, each broken
// one with a neighbour that does the same thing right. All count requests of cost 1, in
// keys of their own.
func kept() []algorithms.Technique {
	return []algorithms.Technique{
		incrExpire(), multiTTL(), multiCharged(),
		multiExpire(), expireNX(),
		luaBucket(), luaBucketTime(),
		setNXIncr(), getSet(), watchLate(), failOpen(),
	}
}

// chargesDenied is the contract of a technique that counts first and looks at the
// count afterwards.
func chargesDenied(l algorithms.Limit) algorithms.Contract {
	c := contract(l)
	c.ChargesDenied = true
	return c
}

// aligned is the contract of windows that begin at multiples of their length.
func aligned(l algorithms.Limit) algorithms.Contract {
	c := contract(l)
	c.Kind, c.Granularity = algorithms.AlignedWindow, time.Microsecond
	return c
}

// counted is the decision about a request that was the count-th of its window.
func counted(limit, count int64) algorithms.Decision {
	return algorithms.Untimed(count <= limit, limit, limit-count)
}

// seconds is a window as EXPIRE wants it: rounded up, for a window that ends early
// would be a fault of another kind.
func seconds(d time.Duration) string {
	return algorithms.Text(int64((d + time.Second - 1) / time.Second))
}
