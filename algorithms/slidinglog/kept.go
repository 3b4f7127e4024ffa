package slidinglog

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// kept are the techniques that are evidence: what is found in the world. All decide
// requests of cost 1, in keys of their own. The canonical multi and lua repair them.
func kept() []algorithms.Technique {
	return []algorithms.Technique{
		multiCheckAdd(), addThenRemove(), multiAddFirst(), timestampMember(), luaClientClock(),
	}
}

// entry is the command that adds the entry of one request.
func entry(key string, at algorithms.Instant, id string) drivers.Command {
	return entries(key, at, 1, id)[0]
}

// counted is the decision about a request that would be the count-th in the log.
func counted(limit, count int64, at algorithms.Instant) algorithms.Decision {
	d := algorithms.Untimed(count <= limit, limit, limit-count)
	d.At = at
	return d
}
