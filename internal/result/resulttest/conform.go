package resulttest

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rlbench/rlbench/internal/result"
)

// schemas are the published ones, by the file that they are of.
var schemas = map[string]string{
	result.File: "result.schema.json", result.EnvironmentFile: "environment.schema.json",
}

// Conform demands that every file of a run below dir that was written at since or later
// conforms to its published schema, and returns how many there are.
func Conform(t testing.TB, dir string, since time.Time) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || schemas[e.Name()] == "" {
			return nil // what is removed meanwhile is nobody's result
		}
		if info, err := e.Info(); err != nil || info.ModTime().Before(since) {
			return nil
		}
		n++
		conform(t, path, schemas[e.Name()])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func conform(t testing.TB, path, schema string) {
	t.Helper()
	text, err := result.Schemas.ReadFile(schema)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource(schema, rules); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	complete(doc)
	if err := compiled.Validate(doc); err != nil {
		t.Errorf("%s does not conform to %s: %v", path, schema, err)
	}
}

// complete gives the cells of a result that was written by an older version the fields
// that came later, as null: the published schema is that of today. What any cell may leave
// out they may leave out too.
func complete(doc any) {
	file, _ := doc.(map[string]any)
	cells, _ := file["cells"].([]any)
	version, _ := file["schema_version"].(json.Number)
	written, _ := version.Int64()
	r := &result.Result{SchemaVersion: int(written)}
	for field := range reflect.TypeFor[result.Cell]().Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		for _, c := range cells {
			if cell, ok := c.(map[string]any); ok && options == "" && !r.Holds(name) && cell[name] == nil {
				cell[name] = nil
			}
		}
	}
}
