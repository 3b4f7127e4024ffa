package report

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// units are the measurements of bench.txt, and how benchstat is to read them.
var units = []struct {
	name, better string
	scale        float64 // from the cell's number to the unit
	of           measure
}{
	{"p50-ns", "lower", 1e3, p50},
	{"p99-ns", "lower", 1e3, p99},
	{"decisions/s", "higher", 1, decisions},
	{"overshoot-cost", "lower", 1, certain},
	{"trips/op", "lower", 1, trips},
	{"server-ns/op", "lower", 1e3, serverCPU},
	{"client-ns/op", "lower", 1e3, clientCPU},
	{"allocs/op", "lower", 1, allocs},
	{"key-B", "lower", 1, keyBytes},
}

// Bench writes the cells in the Go benchmark format, which benchstat compares between
// runs: a line per cell, so that repeats are samples of one benchmark. A void
// cell has no line.
func Bench(w io.Writer, r *result.Result) error {
	out := benchfmt.NewWriter(w)
	for _, u := range units {
		if err := out.Write(&benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: u.name, Key: "better"}, OrigUnit: u.name, Value: u.better}); err != nil {
			return fmt.Errorf("write benchmarks: %w", err)
		}
	}
	for i := range r.Cells {
		if c := &r.Cells[i]; measured(c) {
			if err := out.Write(benchmark(&r.Run, c)); err != nil {
				return fmt.Errorf("write benchmarks: %w", err)
			}
		}
	}
	return nil
}

// certain is the overshoot of a cell that was judged.
func certain(c *result.Cell) *float64 {
	if !judged(c) {
		return nil
	}
	return new(float64(c.Overshoot.Certain))
}

// benchmark is one line: the parts of the cell's name as key=value, so that benchstat
// can group and filter by them.
func benchmark(run *result.Run, c *result.Cell) *benchfmt.Result {
	b := &benchfmt.Result{Iters: int(max(1, c.Allowed+c.Denied+c.Failed+c.Unknown))}
	name := []string{"Decision", "scenario=" + c.Scenario, "topology=" + c.Topology,
		"algorithm=" + c.Algorithm, "technique=" + c.Technique, "driver=" + c.Driver, "client=" + c.Client}
	if c.Step != nil {
		name = append(name, c.Step.Axis+"="+history.Step(*c.Step).String())
	}
	b.Name = benchfmt.Name(strings.Join(name, "/"))
	for _, config := range [][2]string{
		{"run", run.Name}, {"seed", fmt.Sprint(run.Seed)}, {"rlbench", run.Version}, {"server", run.Server}, {"machine", run.Machine},
	} {
		if config[1] != "" {
			b.SetConfig(config[0], config[1])
		}
	}
	for i := range b.Config {
		b.Config[i].File = true // a line of the file, not a note of the program
	}
	for _, u := range units {
		if v := u.of(c); v != nil {
			b.Values = append(b.Values, benchfmt.Value{Value: *v * u.scale, Unit: u.name})
		}
	}
	return b
}
