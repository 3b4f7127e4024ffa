package gate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rlbench/rlbench/internal/gate"
)

var update = flag.Bool("update", false, "rewrite the committed JSON Schema")

const schemaFile = "gate.schema.json"

// The committed schema is that of the Go type.
func TestSchemaIsCurrent(t *testing.T) {
	r := &jsonschema.Reflector{ExpandedStruct: true}
	if err := r.AddGoComments("github.com/rlbench/rlbench/internal/gate", "."); err != nil {
		t.Fatal(err)
	}
	s := r.Reflect(&gate.Report{})
	s.ID = gate.SchemaID
	want, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not the schema of the Go type: run go test ./internal/gate -update", schemaFile)
	}
}

func conforms(t *testing.T, doc []byte) error {
	t.Helper()
	s, err := validator.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	v, err := validator.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// reports are one of every kind of finding, and an empty one.
func reports(t testing.TB) []*gate.Report {
	t.Helper()
	rules := read(t, "  - {name: a, kind: latency, cells: baseline, metrics: [latency.response.p50_us], relative: 0.1}\n"+
		"  - {name: b, kind: correctness, cells: '*', metrics: [as_expected, still_valid]}\n"+
		"  - {name: c, kind: cost, cells: '*', metrics: [allocs], relative: 0.1, optional: true}\n")
	worse := sideBySide(median, times(100, 10), times(130, 10))
	return []*gate.Report{
		judge(t, rules, worse), judge(t, rules, worse, worse), judge(t, rules, apart(median, times(100, 3), times(100, 3))),
		judge(t, rules, gate.Block{Head: run()}), judge(t, gate.Default(), gate.Block{Base: evidence(t, "standalone"), Head: evidence(t, "standalone")}),
	}
}

// What is written conforms to the schema, and what is read again says the same.
func TestReportRoundTrip(t *testing.T) {
	seen := map[gate.Outcome]bool{}
	for i, want := range reports(t) {
		var b bytes.Buffer
		if err := gate.Encode(&b, want); err != nil {
			t.Fatal(err)
		}
		if err := conforms(t, b.Bytes()); err != nil {
			t.Errorf("report %d: %v", i, err)
		}
		got, err := gate.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if got.Outcome() != want.Outcome() || !reflect.DeepEqual(got.Suspects(), want.Suspects()) || len(got.Findings) != len(want.Findings) {
			t.Errorf("report %d: read %+v, want %+v", i, got, want)
		}
		for k, f := range got.Findings {
			seen[f.Outcome] = true
			room, known := f.Room()
			before, wasKnown := want.Findings[k].Room()
			if f.Numbers() != want.Findings[k].Numbers() || f.Sentence != want.Findings[k].Sentence || room != before || known != wasKnown {
				t.Errorf("report %d: finding %+v, want %+v", i, f, want.Findings[k])
			}
		}
	}
	for _, o := range []gate.Outcome{gate.Fail, gate.Suspected, gate.Inconclusive, gate.Skipped, gate.Pass} {
		if !seen[o] {
			t.Errorf("no report holds a finding that is %s", o)
		}
	}
}

// A report that was edited is refused.
func TestDecodeRefuses(t *testing.T) {
	var b bytes.Buffer
	if err := gate.Encode(&b, reports(t)[0]); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"verdict": "inconclusive"`, `"verdict": "pass"`, `the verdict is "pass", but its findings come to "inconclusive"`},
		{`"suspected"`, `"suspicious"`, `has the outcome "suspicious"`},
		{`"verdict"`, `"verdikt"`, `unknown field "verdikt"`},
		{gate.SchemaID, "x", `schema is "x" 1`},
		{`"schema_version": 1`, `"schema_version": 2`, "want \"" + gate.SchemaID + "\" 1"},
		{"\n}\n", "\n}\n{}", "something follows it"},
	} {
		doc := strings.Replace(b.String(), c.old, c.new, 1)
		if doc == b.String() {
			t.Fatalf("%s is not in the document", c.old)
		}
		if _, err := gate.Decode(strings.NewReader(doc)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: %v, want %q", c.new, c.old, err, c.want)
		}
	}
}

// Whatever the bytes, Decode returns; what it accepts is written again as it was read.
func FuzzDecode(f *testing.F) {
	for _, r := range reports(f)[:4] {
		var b bytes.Buffer
		if err := gate.Encode(&b, r); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := gate.Decode(bytes.NewReader(doc))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := gate.Encode(&first, r); err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		again, err := gate.Decode(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("written, but cannot be read: %v", err)
		}
		if err := gate.Encode(&second, again); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("written again as\n%s%v\nwant\n%s", &second, err, &first)
		}
	})
}
