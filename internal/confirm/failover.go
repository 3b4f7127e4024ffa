package confirm

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// A failover is imitated on one server: to a client, a replica that has not heard of the
// last writes is a server that holds what this one held before them. So the server's own
// dumps of an earlier keyspace are restored, and every connection is lost. That a replica
// can come to be in that state is not shown here, but by the scenarios with real ones.

// snapshot is the keyspace after a step, in the server's own serialization.
type snapshot struct {
	entries []modelredis.Entry
	dumps   []string
}

// keep dumps the keyspace as the last comparison read it, if a failover may need it.
func (r *replay) keep(entries []modelredis.Entry) error {
	if !slices.ContainsFunc(r.trace.Steps, func(s transcript.Step) bool { return s.Kind == transcript.Failover }) {
		return nil
	}
	var commands [][]string
	for _, e := range entries {
		commands = append(commands, []string{"DUMP", e.Key})
	}
	replies, err := r.observe(commands)
	if err != nil {
		return err
	}
	s := snapshot{entries: entries}
	for _, reply := range replies {
		s.dumps = append(s.dumps, reply.Text)
	}
	r.past = append(r.past, s)
	return nil
}

// failOver brings back the latest earlier keyspace that is now the one of the trace.
func (r *replay) failOver(s transcript.Step) error {
	at := r.instant(s.TMS)
	for _, past := range slices.Backward(r.past) {
		if slices.Equal(alive(past.entries, at), s.After) {
			return r.restore(past, at)
		}
	}
	return fmt.Errorf("the keyspace after it was there after no step before: %s", shownAll(s.After))
}

// alive are the entries whose deadline is not over: a key lives through its millisecond.
func alive(entries []modelredis.Entry, at algorithms.Instant) []modelredis.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e modelredis.Entry) bool {
		return e.Deadline >= 0 && e.Deadline < at.Milli()
	})
}

func (r *replay) restore(past snapshot, at algorithms.Instant) error {
	commands := [][]string{{"FLUSHALL"}}
	for i, e := range past.entries {
		if len(alive(past.entries[i:i+1], at)) == 0 {
			continue // RESTORE would refuse, or keep, what is dead
		}
		commands = append(commands, []string{"RESTORE", e.Key, strconv.FormatInt(max(e.Deadline, 0), 10), past.dumps[i], "ABSTTL"})
	}
	if _, err := r.observe(commands); err != nil {
		return err
	}
	return r.cut()
}
