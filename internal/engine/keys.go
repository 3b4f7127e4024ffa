package engine

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
)

// name makes the users' keys of the trial ahead of the load: joining a text for each
// operation would be charged to the subject.
func (t *trial) name(n int) {
	t.keys = make([]string, n)
	users := t.cell.Scenario.Users
	for i := range t.keys {
		if users == nil {
			t.keys[i] = t.prefix + strconv.Itoa(i)
		} else {
			t.keys[i] = t.prefix + users[i]
		}
	}
}

// mostShown is the length beyond which the record shows the beginning of a name.
const mostShown = 64

// shown are names as the record has them, which is JSON: what is no text is quoted, and
// what is too long is cut.
func shown(names []string) []string {
	list := slices.Clone(names)
	for i, name := range list {
		if len(name) > mostShown {
			name = fmt.Sprintf("%s... of %d bytes", name[:mostShown], len(name))
		}
		if quoted := strconv.QuoteToASCII(name); quoted != `"`+name+`"` {
			name = quoted
		}
		list[i] = name
	}
	return list
}

// keepUsedKeys leaves the names in the record that some operation used, in their
// order: of a million users a trial may meet ten thousand.
func (t *trial) keepUsedKeys() {
	const unused = -1
	place := make([]int32, len(t.keys))
	for i := range place {
		place[i] = unused
	}
	for _, op := range t.out.Ops {
		place[op.Key] = 0
	}
	var used []string
	for i, p := range place {
		if p != unused {
			place[i] = int32(len(used))
			used = append(used, t.keys[i])
		}
	}
	for i := range t.out.Ops {
		op := &t.out.Ops[i]
		op.Key = place[op.Key]
	}
	t.keys, t.out.Trial.Keys = used, shown(used)
}

// fill charges every key the share of its limit that the scenario wants it to begin
// with.
func (t *trial) fill() []*history.Recorder {
	cost := t.cell.Scenario.FillCost()
	if cost < 1 {
		return nil
	}
	return t.charge(1, cost)
}

// charge makes a number of requests of a cost on every key, many keys at a time.
func (t *trial) charge(requests int, cost int32) []*history.Recorder {
	callers := make([]*caller, min(pool, len(t.keys)))
	var done sync.WaitGroup
	for i := range callers {
		callers[i] = t.newCaller(i, expectedOps)
		done.Go(func() {
			defer callers[i].deadlines.close()
			for key := i; key < len(t.keys); key += len(callers) {
				for range requests {
					callers[i].call(0, workload.Arrival{Key: int32(key), Cost: cost})
				}
			}
		})
	}
	done.Wait()
	return recorders(callers)
}
