package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/perf/benchfmt"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// units are the measurements of bench.txt, and how benchstat is to read them.
var units = []struct {
	name, better string
	exact        bool    // one more is a change, however few the repeats
	scale        float64 // from the cell's number to the unit
	of           measure
}{
	{"p50-ns", "lower", false, 1e3, p50},
	{"p99-ns", "lower", false, 1e3, p99},
	{"decisions/s", "higher", false, 1, decisions},
	{"overshoot", "lower", true, 1, certain},
	{"trips/op", "lower", false, 1, trips},
	{"server-ns/op", "lower", false, 1e3, serverCPU},
	{"client-ns/op", "lower", false, 1e3, clientCPU},
	{"allocs/op", "lower", false, 1, allocs},
	{"key-B", "lower", false, 1, keyBytes},
}

// Bench writes the cells in the Go benchmark format, which benchstat compares between
// runs: a line per cell, so that repeats are samples of one benchmark. A void
// cell has no line. What differs between any two runs stands in a comment: benchstat
// compares only what has one configuration.
func Bench(w io.Writer, r *result.Result) error {
	run := &r.Run
	text := fmt.Sprintf("# run %s, seed %d, rlbench %s", oneLine(run.Name), run.Seed, oneLine(known(run.Version)))
	if c := Caution(r); c != "" {
		text += "\n# " + c
	}
	if _, err := fmt.Fprintln(w, text); err != nil {
		return fmt.Errorf("write benchmarks: %w", err)
	}
	out := benchfmt.NewWriter(w)
	for _, record := range slices.Concat(unitRecords(), benchmarks(r)) {
		if err := out.Write(record); err != nil {
			return fmt.Errorf("write benchmarks: %w", err)
		}
	}
	return nil
}

// unitRecords say how benchstat is to read the units.
func unitRecords() (list []benchfmt.Record) {
	say := func(unit, key, value string) {
		list = append(list, &benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: unit, Key: key}, OrigUnit: unit, Value: value})
	}
	for _, u := range units {
		say(u.name, "better", u.better)
		if u.exact {
			say(u.name, "assume", "exact")
		}
	}
	return list
}

func benchmarks(r *result.Result) (list []benchfmt.Record) {
	for i := range r.Cells {
		if c := &r.Cells[i]; measured(c) {
			if b := benchmark(&r.Run, c); len(b.Values) > 0 {
				list = append(list, b)
			}
		}
	}
	return list
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
	name := []string{"Decision", "scenario=" + word(c.Scenario), "topology=" + word(c.Topology),
		"algorithm=" + word(c.Algorithm), "technique=" + word(c.Technique), "driver=" + word(c.Driver), "client=" + word(c.Client)}
	if c.Policy != "" {
		name = append(name, "policy="+word(c.Policy))
	}
	if c.Step != nil {
		name = append(name, word(c.Step.Axis)+"="+word(history.Step(*c.Step).String()))
	}
	b.Name = benchfmt.Name(strings.Join(name, "/"))
	evidence := "" // none that is in doubt
	if !run.RealRedis {
		evidence = "none: not a real Redis"
	}
	for _, config := range [][2]string{{"server", run.Server}, {"machine", run.Machine}, {"evidence", evidence}} {
		if config[1] != "" {
			b.SetConfig(config[0], oneLine(config[1]))
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

// word is a part of a benchmark's name: what would end it is replaced, and a line must
// not outgrow what benchstat reads.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, clip(s, mostOfField))
}

// oneLine is the value of a configuration, which ends with its line.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(clip(s, mostOfField), "_")), " ")
}
