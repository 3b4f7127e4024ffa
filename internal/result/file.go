package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/rlbench/rlbench/internal/atomicfile"
)

// The files of a run folder that this package reads and writes.
const (
	File            = "result.json"
	EnvironmentFile = "environment.json"
)

// WriteDir writes result.json into the run folder dir, whole or not at all.
func WriteDir(dir string, r *Result) error {
	return atomicfile.Write(filepath.Join(dir, File), func(w io.Writer) error { return Encode(w, r) })
}

// ReadDir reads and validates result.json in the run folder dir. The error is one
// sentence that names the file; it wraps fs.ErrNotExist if there is none.
func ReadDir(dir string) (*Result, error) { return readFile(filepath.Join(dir, File), Decode) }

// WriteEnvironment writes environment.json into the run folder dir, whole or not at
// all.
func WriteEnvironment(dir string, e *Environment) error {
	return atomicfile.Write(filepath.Join(dir, EnvironmentFile), func(w io.Writer) error { return EncodeEnvironment(w, e) })
}

// ReadEnvironment reads environment.json in the run folder dir, like ReadDir.
func ReadEnvironment(dir string) (*Environment, error) {
	return readFile(filepath.Join(dir, EnvironmentFile), DecodeEnvironment)
}

func readFile[T any](path string, decode func(io.Reader) (*T, error)) (*T, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read run: %s: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	defer f.Close()
	v, err := decode(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return v, nil
}

// Encode writes r as JSON. It sets nil lists and maps of r to empty ones, and it
// refuses what Decode would refuse, and NaN and infinities, naming the cell.
func Encode(w io.Writer, r *Result) error {
	r.Schema, r.SchemaVersion = SchemaID, SchemaVersion
	for i := range r.Cells {
		if _, err := json.Marshal(&r.Cells[i]); err != nil {
			return fmt.Errorf("encode cell %s: %w", r.Cells[i].Name(), err)
		}
	}
	if err := r.validate(); err != nil {
		return err
	}
	return encode(w, r)
}

// Decode reads and validates what Encode wrote.
func Decode(rd io.Reader) (*Result, error) {
	r := &Result{}
	if err := decode(rd, SchemaID, SchemaVersion, r); err != nil {
		return nil, err
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	return r, nil
}

// EncodeEnvironment writes e as JSON without passwords, and sets nil lists and maps
// of e to empty ones.
func EncodeEnvironment(w io.Writer, e *Environment) error {
	public := *e
	public.Schema, public.SchemaVersion = EnvironmentSchemaID, EnvironmentSchemaVersion
	public.Nodes = make(map[string]Node, len(e.Nodes))
	for name, n := range e.Nodes {
		public.Nodes[name] = n.withoutSecrets()
	}
	return encode(w, &public)
}

// DecodeEnvironment reads what EncodeEnvironment wrote.
func DecodeEnvironment(rd io.Reader) (*Environment, error) {
	e := &Environment{}
	if err := decode(rd, EnvironmentSchemaID, EnvironmentSchemaVersion, e); err != nil {
		return nil, err
	}
	return e, nil
}

// validate says in one sentence what no run can have produced.
func (r *Result) validate() error {
	if n := r.Run.Planned; n < 0 || r.Run.Complete && n != len(r.Cells) {
		return fmt.Errorf("complete is %t with %d of %d planned cells", r.Run.Complete, len(r.Cells), n)
	}
	seen := map[cellKey]bool{}
	for i := range r.Cells {
		c := &r.Cells[i]
		if err := c.validate(); err != nil {
			return fmt.Errorf("cell %d (%s): %w", i, c.Name(), err)
		}
		key := cellKey{c.Name(), c.Repeat, c.Attempt}
		if seen[key] {
			return fmt.Errorf("cell %d (%s): repeat %d, attempt %d is there twice", i, c.Name(), c.Repeat, c.Attempt)
		}
		seen[key] = true
	}
	return nil
}

type cellKey struct {
	name            string
	repeat, attempt int
}

func (c *Cell) validate() error {
	switch c.Verdict {
	case "valid", "invalid", "unknown":
	default:
		return fmt.Errorf("verdict %q is none of valid, invalid, unknown", c.Verdict)
	}
	switch c.Expected {
	case "valid", "invalid", "any":
	default:
		return fmt.Errorf("expected verdict %q is none of valid, invalid, any", c.Expected)
	}
	if c.Repeat == 0 || c.Attempt == 0 {
		return fmt.Errorf("repeat %d, attempt %d: both count from 1", c.Repeat, c.Attempt)
	}
	if c.Void && c.Verdict != "unknown" {
		return fmt.Errorf("a void trial has the verdict %s, want unknown", c.Verdict)
	}
	if c.AsExpected != AsExpected(c) {
		return fmt.Errorf("as_expected is %t, but the verdict is %s and %s was expected", c.AsExpected, c.Verdict, c.Expected)
	}
	if err := measurable(reflect.ValueOf(c).Elem(), ""); err != nil {
		return err
	}
	return c.consistent()
}

// consistent demands of numbers that belong together that they do.
func (c *Cell) consistent() error {
	if n := c.Overshoot.Certain; c.Verdict == "valid" && n > 0 {
		return fmt.Errorf("the verdict is valid, but %d were certainly admitted beyond the contract", n)
	}
	for _, r := range []struct {
		name string
		is   *float64
	}{{"started_ratio", c.StartedRatio}, {"availability", c.Availability}} {
		if r.is != nil && *r.is > 1 {
			return fmt.Errorf("%s is %g, more than all", r.name, *r.is)
		}
	}
	for _, l := range []struct {
		name string
		*Quantiles
	}{{"response", c.Latency.Response}, {"service", c.Latency.Service}} {
		if l.Quantiles != nil && !l.ordered() {
			return fmt.Errorf("latency.%s: a higher quantile is lower than one before it", l.name)
		}
	}
	return nil
}

// ordered says that no quantile is lower than one before it.
func (q *Quantiles) ordered() bool {
	last := 0.0
	for _, v := range []*float64{&q.P50us, &q.P90us, q.P99us, q.P999us} {
		if v != nil && *v < last {
			return false
		}
		if v != nil {
			last = *v
		}
	}
	return true
}

// Every fraction in a cell is a time, a rate or a ratio: 0, or between these two. What
// lies beyond was never measured, and no axis of a chart could show it.
const (
	least = 1e-12
	most  = 1e19 // no counter of 64 bits counts further
)

// measurable looks for a number below v that cannot have been measured, and names its
// field. A step is chosen: a clock may be behind.
func measurable(v reflect.Value, field string) error {
	if v.Type() == reflect.TypeFor[Step]() {
		return nil
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		if n := v.Int(); n < 0 {
			return fmt.Errorf("%s is %d, which no run can have counted", field, n)
		}
	case reflect.Float64:
		if n := v.Float(); n != 0 && (n < least || n > most) {
			return fmt.Errorf("%s is %g, which no run can have measured", field, n)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return measurable(v.Elem(), field)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := measurable(v.Index(i), field); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Tag.Get("json")
			if err := measurable(v.Field(i), strings.TrimPrefix(field+"."+name, ".")); err != nil {
				return err
			}
		}
	}
	return nil
}
