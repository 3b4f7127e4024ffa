package result_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rlbench/rlbench/internal/result"
)

var update = flag.Bool("update", false, "rewrite the committed JSON Schemas")

const (
	resultSchema      = "result.schema.json"
	environmentSchema = "environment.schema.json"
)

// The committed schemas are those of the Go types.
func TestSchemasAreCurrent(t *testing.T) {
	for _, c := range []struct {
		file, id string
		doc      any
	}{
		{resultSchema, result.SchemaID, &result.Result{}},
		{environmentSchema, result.EnvironmentSchemaID, &result.Environment{}},
	} {
		want := generate(t, c.id, c.doc)
		if *update {
			if err := os.WriteFile(c.file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not the schema of the Go type: run go test ./internal/result -update", c.file)
		}
	}
}

func generate(t *testing.T, id string, doc any) []byte {
	t.Helper()
	r := &jsonschema.Reflector{ExpandedStruct: true}
	if err := r.AddGoComments("github.com/rlbench/rlbench/internal/result", "."); err != nil {
		t.Fatal(err)
	}
	s := r.Reflect(doc)
	s.ID = jsonschema.ID(id)
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// conforms validates a document against a committed schema.
func conforms(t *testing.T, file string, doc []byte) error {
	t.Helper()
	s, err := validator.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := validator.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}
