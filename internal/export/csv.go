package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// fieldsOfRun are the columns before those of the cell: a table is often all that is
// left of a run.
var fieldsOfRun = []struct {
	name string
	of   func(*result.Run) string
}{
	{"run.name", func(r *result.Run) string { return r.Name }},
	{"run.seed", func(r *result.Run) string { return strconv.FormatUint(r.Seed, 10) }},
	{"run.version", func(r *result.Run) string { return r.Version }},
	{"run.server", func(r *result.Run) string { return r.Server }},
	{"run.real_redis", func(r *result.Run) string { return strconv.FormatBool(r.RealRedis) }},
	{"run.complete", func(r *result.Run) string { return strconv.FormatBool(r.Complete) }},
}

// CSV writes a row per trial (RFC 4180) with every scalar field of result.json, named
// by its path there, such as latency.response.p50_us. A null is empty. Of the lists it
// has the reasons only, joined.
func CSV(w io.Writer, run Run) error {
	r, out := run.Result, csv.NewWriter(w)
	out.UseCRLF = true
	var head []string
	for _, f := range fieldsOfRun {
		head = append(head, f.name)
	}
	_ = out.Write(columns(head, "", reflect.TypeFor[result.Cell]())) // its error stays until the end
	for i := range r.Cells {
		var row []string
		for _, f := range fieldsOfRun {
			row = append(row, text(f.of(&r.Run)))
		}
		_ = out.Write(values(row, "", reflect.TypeFor[result.Cell](), reflect.ValueOf(&r.Cells[i])))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// columns appends the paths of the scalars below a type, in the order of its fields.
func columns(head []string, path string, t reflect.Type) []string {
	walk(path, t, reflect.Value{}, func(path string, _ reflect.Value) { head = append(head, path) })
	return head
}

// values appends the scalars below a pointer, which may be nil: as many as columns.
func values(row []string, path string, t reflect.Type, v reflect.Value) []string {
	walk(path, t, v, func(_ string, v reflect.Value) { row = append(row, scalar(v)) })
	return row
}

// walk visits the scalars of a type, and the reasons. v is a pointer to a value of it;
// it is nil or the zero Value where there is none.
func walk(path string, t reflect.Type, v reflect.Value, visit func(path string, v reflect.Value)) {
	if v.IsValid() && v.Kind() == reflect.Pointer {
		v = v.Elem() // the zero Value of a nil pointer
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			var field reflect.Value
			if v.IsValid() {
				field = v.Field(i)
			}
			walk(strings.TrimPrefix(path+"."+name, "."), t.Field(i).Type, field, visit)
		}
	case t.Kind() != reflect.Slice || path == "reasons":
		visit(path, v)
	}
}

// scalar spells a value; what is not there is empty.
func scalar(v reflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	switch v.Kind() {
	case reflect.String:
		return text(v.String())
	case reflect.Slice:
		return text(strings.Join(v.Interface().([]string), "; "))
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	return fmt.Sprint(v.Interface())
}

// text keeps a spreadsheet from taking a name for a formula.
func text(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
