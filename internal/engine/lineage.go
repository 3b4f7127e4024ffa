package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

const (
	// lookWithin bounds a look at one node, which may be dead, and delays its healing.
	lookWithin = 300 * time.Millisecond
	// settleWithin bounds the wait until the nodes agree on their primaries again, after
	// the load: twice as long as any promotion was seen to take.
	settleWithin = 15 * time.Second
	settleEvery  = 100 * time.Millisecond
)

// lineage is where the keys of a primary come from, by INFO replication. A replication
// id is new with every process and every promotion; a promoted node keeps the one
// before as its second, and knows up to which offset it has taken that stream over.
type lineage struct {
	node             topology.Node
	primary          bool
	replID, replID2  string
	offset, takenFor int64
}

// replicated says that there are servers that could take over.
func (b *Bench) replicated() bool { return b.at.Mode != drivers.Standalone }

// lineage is that of the primary of a key.
func (c *cohort) lineage(ctx context.Context, key string) (*lineage, error) {
	n, err := c.deployment.Primary(ctx, key)
	if err != nil {
		return nil, err
	}
	return inspect(ctx, n)
}

func inspect(ctx context.Context, n topology.Node) (*lineage, error) {
	r, err := topology.Ask(ctx, n, "INFO", "replication")
	if err != nil {
		return nil, err
	}
	f := provider.InfoFields(r.Text)
	l := &lineage{node: n, primary: f["role"] == "master", replID: f["master_replid"], replID2: f["master_replid2"]}
	var err1, err2 error
	l.offset, err1 = strconv.ParseInt(f["master_repl_offset"], 10, 64)
	l.takenFor, err2 = strconv.ParseInt(f["second_repl_offset"], 10, 64)
	if err1 != nil || err2 != nil || l.replID == "" {
		return nil, fmt.Errorf("%s does not say how far its replication has come", n.Name)
	}
	return l, nil
}

// roles compares the primary of the keys with the one before the faults; nil without
// replicas.
func (e *events) roles(ctx context.Context) (*history.Roles, error) {
	if e.before == nil {
		return nil, nil
	}
	r := &history.Roles{Before: e.before.node.Name, LostBytes: -1, Want: e.trials[0].cell.Scenario.Promotions}
	after, err := e.settle(ctx)
	if err != nil {
		return r, ctx.Err() // the trial is void
	}
	r.After, r.Changes = after.node.Name, e.before.changes(after)
	if r.Changes == 1 && e.left >= 0 {
		r.LostBytes = max(0, e.left-(after.takenFor-1)) // the second offset is the first that was not taken over
	}
	return r, nil
}

// settle waits until the nodes agree on who has succeeded the old primary.
func (e *events) settle(ctx context.Context) (*lineage, error) {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for {
		l, err := e.successor(ctx)
		if err == nil {
			return l, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(settleEvery):
		}
	}
}

// successor is the old primary where it still is one, though perhaps not of these keys
// any more, else the node that serves them.
func (e *events) successor(ctx context.Context) (*lineage, error) {
	primaries, err := e.deployment.Primaries(ctx)
	if err != nil {
		return nil, err
	}
	same := func(n topology.Node) bool { return n.Name == e.before.node.Name }
	if i := slices.IndexFunc(primaries, same); i >= 0 {
		return inspect(ctx, primaries[i])
	}
	return e.lineage(ctx, e.target.Key)
}

// changes is how often the role was handed on: 2 stands for more than once.
func (l *lineage) changes(after *lineage) int {
	restarted := strings.Trim(after.replID2, "0") == ""
	switch {
	case after.node.Name == l.node.Name && (after.replID == l.replID || restarted):
		return 0
	case after.node.Name != l.node.Name && after.replID2 == l.replID:
		return 1
	}
	return 2
}
