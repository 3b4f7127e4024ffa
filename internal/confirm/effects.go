package confirm

import (
	"fmt"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/modelredis"
)

const (
	// earlier is how long before an instant its keyspaces are made: PEXPIREAT deletes a
	// key whose deadline has come, and one lives through the millisecond of its own.
	earlier = 24 * time.Hour
	// together is how many effects' keyspaces are on the server at once.
	together = 1 << 13
)

// Effects confirms edges that lead from anywhere: each From is made out of the model's
// store, not by the edges before. They come in order of At and From. It returns how many
// were left out because the server is known to do them otherwise.
func (e *Edges) Effects(all []explore.Edge) (left int, err error) {
	list := slices.DeleteFunc(slices.Clone(all), func(edge explore.Edge) bool {
		return doesOtherwise(e.target, edge.At, edge.Request.Commands)
	})
	left = len(all) - len(list)
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(edge explore.Edge) bool { return edge.At != list[0].At })
		if n < 0 {
			n = len(list)
		}
		n = min(n, together)
		if err := e.begin(list[0].At, list[:n]); err != nil {
			return left, err
		}
		for _, edge := range list[:n] {
			if err := e.check(edge); err != nil {
				return left, err
			}
		}
		list = list[n:]
	}
	return left, nil
}

// begin makes the keyspaces from which edges at an instant lead, and no other.
func (e *Edges) begin(at algorithms.Instant, list []explore.Edge) error {
	if err := e.read(len(e.sent)); err != nil {
		return err
	}
	e.target.SetClock(at.Add(-earlier))
	if _, err := e.cn.Do("FLUSHALL"); err != nil {
		return fmt.Errorf("empty server: %w", err)
	}
	e.kept, e.scratch = map[int]*keyspace{}, map[string]bool{}
	for _, edge := range list {
		if e.kept[edge.From] == nil {
			if err := e.make(edge.From); err != nil {
				return err
			}
		}
	}
	if err := e.read(len(e.sent)); err != nil {
		return err
	}
	e.now = at
	e.target.SetClock(at)
	return nil
}

// make makes a keyspace.
func (e *Edges) make(id int) error {
	store, prefix := e.store(id), e.place(id)
	c := &check{edge: explore.Edge{From: id}}
	for _, cmd := range store.Commands() {
		renamed, err := modelredis.Renamed(cmd, func(key string) string { return prefix + key })
		if err != nil {
			return err
		}
		if err := e.put(c, renamed); err != nil {
			return err
		}
	}
	return e.await(c)
}
