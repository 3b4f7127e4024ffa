package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

// environment is what the page shows of environment.json.
type environment struct {
	Facts    []fact
	Servers  grid
	Clients  grid
	Settings []fact
	Modules  []fact
	// Command is the command line as typed, with the seed that it ran with.
	Command string
}

type fact struct{ Name, Value string }

// grid is a table with a row for each server or client, and a column for each property
// in which they differ. Same are the others.
type grid struct {
	Corner string
	Same   []fact
	Heads  []string
	Rows   []gridRow
}

type gridRow struct {
	Name   string
	Values []string
}

func newEnvironment(e *result.Environment) *environment {
	if e == nil {
		return nil
	}
	m := e.Machine
	return &environment{
		Facts: []fact{
			{"rlbench", e.Version}, {"Go", e.Go}, {"system", m.OS}, {"kernel", m.Kernel}, {"CPU", m.CPU},
			{"cores", fmt.Sprint(m.Cores)}, {"memory", report.Number(float64(m.MemoryBytes)) + " B"}, {"seed", fmt.Sprint(e.Seed)},
		},
		Servers: servers(e), Clients: clients(e), Settings: facts(e.Config), Modules: facts(e.Modules), Command: commandLine(e),
	}
}

func facts(values map[string]string) (list []fact) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, fact{name, values[name]})
	}
	return list
}

// ofServer are the settings of a server that matter to a limiter most: what it keeps,
// what it forgets, and when it refuses to write.
var ofServer = []string{
	"maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "save", "io-threads",
	"min-replicas-to-write", "min-replicas-max-lag", "cluster-node-timeout", "cluster-require-full-coverage",
}

func servers(e *result.Environment) grid {
	g := newGrid("server", slices.Sorted(maps.Keys(e.Nodes)))
	var names []string
	for _, n := range e.Nodes {
		names = slices.AppendSeq(names, maps.Keys(n.Facts))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		g.add(name, func(node string) string { return e.Nodes[node].Facts[name] })
	}
	for _, name := range []string{"redis_version", "valkey_version", "mem_allocator"} {
		g.add("INFO "+name, func(node string) string { return e.Nodes[node].Info[name] })
	}
	for _, name := range ofServer {
		g.add("CONFIG "+name, func(node string) string {
			v, ok := e.Nodes[node].Config[name]
			if ok && v == "" {
				return "empty"
			}
			return v
		})
	}
	return g
}

func newGrid(corner string, names []string) grid {
	g := grid{Corner: corner}
	for _, name := range names {
		g.Rows = append(g.Rows, gridRow{Name: name})
	}
	return g
}

// add gives every row a value, or the grid a fact where it is the same for all of them.
// What none of them has is left out.
func (g *grid) add(name string, of func(row string) string) {
	var values []string
	for _, r := range g.Rows {
		values = append(values, of(r.Name))
	}
	different := slices.Compact(slices.Sorted(slices.Values(values)))
	switch {
	case len(different) == 0 || len(different) == 1 && different[0] == "":
	case len(different) == 1:
		g.Same = append(g.Same, fact{name, different[0]})
	default:
		g.Heads = append(g.Heads, name)
		for i, v := range values {
			g.Rows[i].Values = append(g.Rows[i].Values, cmp.Or(v, "–"))
		}
	}
}

// clients has the options by their names in environment.json.
func clients(e *result.Environment) grid {
	g := newGrid("client", slices.Sorted(maps.Keys(e.Clients)))
	options := map[string]map[string]any{}
	var names []string
	for name, o := range e.Clients {
		text, _ := json.Marshal(o) // numbers and texts: never fails
		fields := map[string]any{}
		_ = json.Unmarshal(text, &fields)
		options[name] = fields
		names = slices.AppendSeq(names, maps.Keys(fields))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == "client" { // is in the name of the row
			continue
		}
		of := func(client string) string { return option(name, options[client][name]) }
		g.add(strings.TrimSuffix(name, "_ns"), of)
	}
	return g
}

// option spells a setting of a client; a zero one is as the library ships.
func option(name string, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		switch {
		case v == 0:
			return "as shipped"
		case v < 0:
			return "none" // see drivers.NoRetries and drivers.Unlimited
		case strings.HasSuffix(name, "_ns"):
			return time.Duration(v).String()
		}
		return fmt.Sprintf("%.0f", v)
	case string:
		return cmp.Or(v, "as shipped")
	}
	return fmt.Sprint(v)
}

// commandLine repeats the run: as it was typed, and the seed, which may have been drawn.
func commandLine(e *result.Environment) string {
	words := make([]string, 0, len(e.Command)+1)
	for _, w := range e.Command {
		words = append(words, report.Quoted(w))
	}
	line := strings.Join(words, " ")
	if _, typed := e.Flags["seed"]; !typed && !strings.Contains(line, "--seed") {
		line += fmt.Sprintf(" --seed %d", e.Seed)
	}
	return line
}
