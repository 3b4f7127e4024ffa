package confirm

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// window is how many edges are on their way at once, so that neither side waits for
// the other, and half of it how many are read at a time.
const window = 512

// Edges confirms the edges of a graph on one server under virtual time, where all
// keyspaces of the graph live side by side: the keys of number 7 are named 7/key. An edge
// copies the keys of its keyspace, runs the request on the copies and reads them back.
//
// What is compared are the replies and the keys of both keyspaces and of the request.
// It is not for programs that WATCH: what EXEC does depends on the connection too.
type Edges struct {
	target Target
	cn     *redigo.Raw
	store  func(id int) modelredis.Store
	now    algorithms.Instant
	// kept are the keyspaces on the server.
	kept map[int]*keyspace
	// scratch are the keys that the last edge to a known keyspace has left.
	scratch map[string]bool
	// early are edges to a later instant on which only time passes.
	early []explore.Edge
	// sent are the checks whose answers have not been read.
	sent []*check
	// done and commands count what was sent.
	done, commands int
}

// keyspace is a store on the server.
type keyspace struct {
	prefix  string
	entries []modelredis.Entry
	read    algorithms.Instant // when it was last compared without a request
}

// scratchPrefix names the copies of edges whose result is there already.
const scratchPrefix = "t/"

// NewEdges empties the server and prepares it for a graph whose scripts and keyspaces
// are given.
func NewEdges(ctx context.Context, t Target, scripts []string, store func(id int) modelredis.Store) (*Edges, error) {
	if t.SetClock == nil {
		return nil, errNoVirtualTime
	}
	cn, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	e := &Edges{target: t, cn: cn, store: store, kept: map[int]*keyspace{0: {prefix: "0/"}}, scratch: map[string]bool{}}
	if err := empty(cn, scripts); err != nil {
		_ = cn.Close()
		return nil, err
	}
	return e, nil
}

// empty deletes everything and loads scripts.
func empty(cn *redigo.Raw, scripts []string) error {
	commands := [][]string{{"FLUSHALL"}, {"SCRIPT", "FLUSH"}}
	for _, s := range scripts {
		commands = append(commands, []string{"SCRIPT", "LOAD", s})
	}
	for _, cmd := range commands {
		if _, err := cn.Do(cmd...); err != nil {
			return fmt.Errorf("empty server: %w", err)
		}
	}
	return nil
}

// Check confirms an edge, or one before it that is still on its way. Edges come in the
// order of the instants at which they begin, and a keyspace is a To before it is a From:
// one on which only time passes leads to a later instant and waits for it.
func (e *Edges) Check(edge explore.Edge) error {
	switch edge.Request.Kind {
	case modelredis.Watch:
		return fmt.Errorf("confirm edge: WATCH depends on the connection; replay its traces instead")
	case "":
		if edge.At > e.now {
			e.early = append(e.early, edge)
			return nil
		}
	}
	if err := e.advance(edge.At); err != nil {
		return err
	}
	return e.check(edge)
}

// check confirms an edge at the present instant.
func (e *Edges) check(edge explore.Edge) error {
	from, ok := e.kept[edge.From]
	if !ok {
		return fmt.Errorf("confirm edge: keyspace %d is not on the server", edge.From)
	}
	if edge.From == edge.To && from.settled(edge) {
		return nil // nothing is sent, and so nothing is counted
	}
	e.done++
	c := &check{edge: edge, number: e.done}
	if err := e.send(c, from); err != nil {
		return err
	}
	return e.await(c)
}

// await reads some answers if too many are on their way.
func (e *Edges) await(c *check) error {
	e.sent = append(e.sent, c)
	if len(e.sent) < window {
		return nil
	}
	return e.read(window / 2)
}

// settled says that an edge on which only time passes has been compared already.
func (k *keyspace) settled(edge explore.Edge) bool {
	if edge.Request.Kind != "" {
		return false
	}
	known := k.read == edge.At
	k.read = edge.At
	return known
}

// advance moves the clock on to an instant, and on the way to those of early edges.
func (e *Edges) advance(at algorithms.Instant) error {
	if at < e.now {
		return fmt.Errorf("confirm edge: it is at %d, after one at %d", at, e.now)
	}
	for e.now < at {
		next := at
		for _, edge := range e.early {
			next = min(next, edge.At)
		}
		if err := e.arrive(next); err != nil {
			return err
		}
	}
	return nil
}

// arrive sets the clock and confirms the edges that lead to this instant. Everything
// sent before was meant for the time before.
func (e *Edges) arrive(at algorithms.Instant) error {
	if err := e.read(len(e.sent)); err != nil {
		return err
	}
	e.now = at
	e.target.SetClock(at)
	var due []explore.Edge
	due, e.early = split(e.early, at)
	for _, edge := range due {
		if err := e.check(edge); err != nil {
			return err
		}
	}
	return nil
}

// split parts the edges at an instant from the later ones.
func split(edges []explore.Edge, at algorithms.Instant) (due, later []explore.Edge) {
	for _, edge := range edges {
		if edge.At == at {
			due = append(due, edge)
		} else {
			later = append(later, edge)
		}
	}
	return due, later
}

// Finish confirms what is still on its way and returns the number of edges that were run
// and of commands that it took. Of edges on which only time passes, and nothing changes,
// one of each keyspace and instant is run.
func (e *Edges) Finish() (edges, commands int, err error) {
	last := e.now
	for _, edge := range e.early {
		last = max(last, edge.At)
	}
	if err := e.advance(last); err != nil {
		return 0, 0, err
	}
	err = e.read(len(e.sent))
	return e.done, e.commands, err
}

// Close ends the connection. The keyspaces stay on the server.
func (e *Edges) Close() error { return e.cn.Close() }

// send sends what an edge takes: copies, the request, and what reads the result.
func (e *Edges) send(c *check, from *keyspace) error {
	prefix := from.prefix
	if c.edge.From != c.edge.To || writes(c.edge.Request) {
		prefix = e.place(c.edge.To)
		if err := e.copyKeys(c, from, prefix); err != nil {
			return err
		}
	}
	if err := e.request(c, prefix); err != nil {
		return err
	}
	if prefix == from.prefix && c.edge.Request.Kind != "" {
		return nil // reads on the keys themselves, of which nothing has changed
	}
	return e.compare(c, from, prefix)
}

// writes says whether a request may change a key. One that the model cannot tell may.
func writes(r modelredis.Request) bool {
	return slices.ContainsFunc(r.Commands, func(cmd drivers.Command) bool {
		w, err := modelredis.Writes(cmd)
		return w || err != nil
	})
}

// place is the prefix for the result of an edge: its own if it is new.
func (e *Edges) place(to int) string {
	if _, known := e.kept[to]; known {
		return scratchPrefix
	}
	prefix := strconv.Itoa(to) + "/"
	e.kept[to] = &keyspace{prefix: prefix, entries: e.store(to).Entries()}
	return prefix
}

// copyKeys copies a keyspace. What is left of an earlier edge goes first, unless a copy
// certainly takes its place: that of a key that may be dead copies nothing.
func (e *Edges) copyKeys(c *check, from *keyspace, prefix string) error {
	stale := map[string]bool{}
	if prefix == scratchPrefix {
		stale, e.scratch = e.scratch, map[string]bool{}
	}
	for _, k := range from.entries {
		if k.Deadline < 0 || k.Deadline > e.now.Milli() {
			delete(stale, k.Key)
		}
	}
	for key := range maps.Keys(stale) {
		if err := e.put(c, []string{"DEL", prefix + key}); err != nil {
			return err
		}
	}
	for _, k := range from.entries {
		if err := e.put(c, []string{"COPY", from.prefix + k.Key, prefix + k.Key, "REPLACE"}); err != nil {
			return err
		}
	}
	return nil
}
