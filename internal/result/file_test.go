package result_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/result"
)

func ptr[T any](v T) *T { return &v }

// full returns a result with one cell that has everything and one with nothing.
func full() *result.Result {
	whole := result.Cell{
		Scenario: "concurrent", Topology: "standalone", Algorithm: "gcra", Technique: "naive", Driver: "redigo",
		Client: "default", Repeat: 1, Attempt: 2, Limit: 50, WindowMS: 250, Burst: 50, Instances: 1,
		Verdict: "invalid", Expected: "invalid", AsExpected: true, Reasons: []string{"12 too many"},
		Allowed: 1, Denied: 2, Failed: 3, Unknown: 4, Offered: 2000, StartedRatio: ptr(0.999),
		Overshoot: result.Overshoot{Certain: 12, Possible: 20, Bound: ptr(int64(50)), Ratio: 0.24, Attribution: "race",
			Witness: &result.Witness{Key: "user", FromNS: 1, ToNS: 2, Admitted: 62, Permitted: 50, Rule: "window", Ops: []int{1, 2}}},
		FalseRejections: &result.FalseRejections{Certain: 0},
		Latency: result.Latency{Response: &result.Quantiles{
			Count: 10, P50us: 97.5, P90us: 120, P99us: ptr(200.5), MaxUS: 300, Curve: []result.Point{{P: 50, US: 97.5}},
		}},
		RoundTrips: ptr(3.0), Faults: []result.Fault{{Name: "kill", Node: "redis-1", AtMS: 1, UntilMS: ptr(2.5)}},
		LostAcknowledged: ptr(int64(3)), LostBytes: ptr(int64(400)), DoubleCounted: ptr(int64(0)),
		Timeline: &result.Timeline{
			BinMS: 250, Allowed: []int64{1, 0}, Denied: []int64{0, 0}, Failed: []int64{0, 2}, Unknown: []int64{0, 1},
			Admitted: []int64{1, 0}, P50MS: []float64{0.5, 250}, MaxMS: []float64{0.75, 500},
		},
		History: "histories/1.parquet", SHA256: strings.Repeat("a", 64),
	}
	empty := result.Cell{Scenario: "baseline", Repeat: 1, Attempt: 1, Verdict: "unknown", Expected: "valid"}
	return &result.Result{
		Run:   result.Run{Name: "r", Seed: math.MaxUint64, Resumed: []string{"2026-01-02T03:04:05Z"}, Clients: map[string]string{"redigo": "v1"}, Titles: []result.Title{{Name: "gcra", Title: "GCRA"}}},
		Cells: []result.Cell{whole, empty},
	}
}

func fullEnvironment() *result.Environment {
	return &result.Environment{
		Run: "r", Seed: 42, Command: []string{"rlbench", "run"}, Flags: map[string][]string{"driver": {"redigo"}}, Version: "v0.1.0",
		Machine: result.Machine{Cores: 2, MemoryBytes: 1 << 33},
		Clients: map[string]drivers.Options{"goredis/bounded": drivers.Clients(64)[0]},
		Nodes: map[string]result.Node{"redis-1": {
			Info: map[string]string{"redis_version": "7.0.15"}, Config: map[string]string{"requirepass": "hunter2", "save": ""},
		}},
	}
}

func TestResultRoundTrip(t *testing.T) {
	dir, want := t.TempDir(), full()
	if err := result.WriteDir(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := result.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v\nwant %+v", got, want)
	}
	file, err := os.ReadFile(filepath.Join(dir, result.File))
	if err != nil {
		t.Fatal(err)
	}
	if err := conforms(t, resultSchema, file); err != nil {
		t.Error(err)
	}
}

func TestEnvironmentRoundTripHidesPasswords(t *testing.T) {
	dir, in := t.TempDir(), fullEnvironment()
	if err := result.WriteEnvironment(dir, in); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, result.EnvironmentFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := conforms(t, environmentSchema, file); err != nil {
		t.Error(err)
	}
	if bytes.Contains(file, []byte("hunter2")) {
		t.Error("the password of the server is in the file")
	}
	got, err := result.ReadEnvironment(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := got.Nodes["redis-1"]; n.Info["redis_version"] != "7.0.15" || n.Facts == nil {
		t.Errorf("read node %+v", n)
	}
	if !reflect.DeepEqual(got.Clients, in.Clients) || in.Nodes["redis-1"].Config["requirepass"] != "hunter2" {
		t.Errorf("read %+v, and the environment in memory is %+v", got, in)
	}
}

// The schema is strict enough to notice a lost or a wrong field.
func TestSchemaRefuses(t *testing.T) {
	var b bytes.Buffer
	if err := result.Encode(&b, full()); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"invalid"`, `"vaild"`}, {`"allowed": 1,`, ``}, {`"allowed"`, `"allowd"`}, {`"denied": 2`, `"denied": null`},
	} {
		doc := strings.Replace(b.String(), change[0], change[1], 1)
		if doc == b.String() {
			t.Fatalf("%s is not in the document", change[0])
		}
		if conforms(t, resultSchema, []byte(doc)) == nil {
			t.Errorf("%s for %s conforms", change[1], change[0])
		}
	}
}

func TestDecodeExplains(t *testing.T) {
	var b bytes.Buffer
	if err := result.Encode(&b, full()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"newer", `"schema_version": 4`, `"schema_version": 5, "novel": 1`, "written by a newer rlbench (schema 5); this one reads up to 4"},
		{"no version", `"schema_version": 4`, `"schema_version": 0`, "schema version 0 does not exist"},
		{"other schema", result.SchemaID, result.EnvironmentSchemaID, `schema is "https://rlbench.dev/schema/environment", want`},
		{"unknown field", `"allowed"`, `"allowd"`, `unknown field "allowd": edited by hand`},
		{"verdict", `"verdict": "invalid"`, `"verdict": "vaild"`, `verdict "vaild" is none of valid, invalid, unknown`},
		{"expected", `"expected": "invalid"`, `"expected": "no"`, `expected verdict "no" is none of valid, invalid, any`},
		{"forged", `"verdict": "invalid"`, `"verdict": "valid"`, "as_expected is true, but the verdict is valid and invalid was expected"},
		{"acquitted", "\"verdict\": \"invalid\",\n      \"expected\": \"invalid\"", "\"verdict\": \"valid\",\n      \"expected\": \"valid\"", "the verdict is valid, but 12 were certainly admitted beyond the contract"},
		{"void", `"void": false`, `"void": true`, "a void trial has the verdict invalid, want unknown"},
		{"incomplete", `"complete": false`, `"complete": true`, "complete is true with 2 of 0 planned cells"},
		{"plan", `"planned": 0`, `"planned": -1`, "complete is false with 2 of -1 planned cells"},
		{"repeat", `"repeat": 1`, `"repeat": 0`, "repeat 0, attempt 2: both count from 1"},
		{"count", `"denied": 2`, `"denied": -2`, "denied is -2, which no run can have counted"},
		{"limit", `"limit": 50`, `"limit": -50`, "limit is -50, which no run can have counted"},
		{"overshoot", `"certain": 12`, `"certain": -12`, "overshoot.certain is -12, which no run can have counted"},
		{"quantiles", `"p50_us": 97.5`, `"p50_us": 197.5`, "latency.response: a higher quantile is lower than one before it"},
		{"quantiles with one that is null", `"p99_us": 200.5`, `"p99_us": 100.5`, "latency.response: a higher quantile is lower than one before it"},
		{"share", `"started_ratio": 0.999`, `"started_ratio": 1.5`, "started_ratio is 1.5, more than all"},
		{"NaN", `"started_ratio": 0.999`, `"started_ratio": NaN`, "is not JSON: invalid character 'N'"},
		{"text", `"started_ratio": 0.999`, `"started_ratio": "NaN"`, "field cells.started_ratio is a string, want a number"},
		{"too large a number", `"started_ratio": 0.999`, `"started_ratio": 1e999`, "field cells.started_ratio is the number 1e999: at most 1.8e308 can be read"},
		{"number", `"p90_us": 120`, `"p90_us": -120`, "latency.response.p90_us is -120, which no run can have measured"},
		{"point", `"us": 97.5`, `"us": 1e300`, "latency.response.curve.us is 1e+300, which no run can have measured"},
		{"kind", `"allowed": 1`, `"allowed": "1"`, "allowed is a string, want a whole number"},
		{"syntax", `"allowed": 1`, `"allowed": 1x`, "line 53 is not JSON: invalid character 'x'"},
		{"two documents", "\n}\n", "\n}\n{}", "is not JSON: invalid character '{' after top-level value"},
	} {
		doc := strings.Replace(b.String(), c.old, c.new, 1)
		if doc == b.String() {
			t.Fatalf("%s: %s is not in the document", c.name, c.old)
		}
		r, err := result.Decode(strings.NewReader(doc))
		if err == nil || !strings.Contains(err.Error(), c.want) || r != nil {
			t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
		}
	}
}

func TestDecodeOfACutFile(t *testing.T) {
	var b bytes.Buffer
	if err := result.Encode(&b, full()); err != nil {
		t.Fatal(err)
	}
	whole := strings.TrimSpace(b.String())
	for n := range len(whole) {
		want := "file is cut off after"
		if n == 0 {
			want = "file is empty"
		}
		if _, err := result.Decode(strings.NewReader(whole[:n])); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("after %d bytes the error is %v, want %q", n, err, want)
		}
	}
}

func TestReadDirOfNoRun(t *testing.T) {
	dir := t.TempDir()
	_, err := result.ReadDir(dir)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, "result.json")+": file does not exist") {
		t.Errorf("error is %v", err)
	}
	if _, err := result.ReadEnvironment(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}

// A number that is not one must not get into a file, and the old file must stay.
func TestWriteDirRefusesNaN(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		dir, r := t.TempDir(), full()
		if err := result.WriteDir(dir, r); err != nil {
			t.Fatal(err)
		}
		r.Cells[0].Latency.Response.P99us = ptr(bad)
		err := result.WriteDir(dir, r)
		if err == nil || !strings.Contains(err.Error(), "encode cell concurrent/standalone/gcra/naive/redigo/default: ") {
			t.Errorf("error is %v", err)
		}
		if _, err := result.ReadDir(dir); err != nil {
			t.Errorf("the old file is gone: %v", err)
		}
	}
}

// A sweep may begin below zero: at a clock that is behind.
func TestStepBelowZero(t *testing.T) {
	r := full()
	r.Cells[0].Step = &result.Step{Axis: "skew", Value: -200}
	var b bytes.Buffer
	if err := result.Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	if err := conforms(t, resultSchema, b.Bytes()); err != nil {
		t.Error(err)
	}
	if got, err := result.Decode(&b); err != nil || got.Cells[0].Step.Value != -200 {
		t.Errorf("read back as %+v, error %v", got, err)
	}
}

func TestEncodeRefusesTwinCells(t *testing.T) {
	r := full()
	r.Cells = append(r.Cells, r.Cells[0])
	err := result.Encode(&bytes.Buffer{}, r)
	if err == nil || !strings.Contains(err.Error(), "repeat 1, attempt 2 is there twice") {
		t.Errorf("error is %v", err)
	}
}

// Whatever the bytes, Decode returns; what it accepts, Encode writes and the schema
// accepts.
func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := result.Encode(&b, full()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":"` + result.SchemaID + `","schema_version":1,"run":{},"cells":[{}]}`))
	f.Add([]byte(`{"schema":"` + result.SchemaID + `","schema_version":1,"cells":null}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := result.Decode(bytes.NewReader(doc))
		oneLine(t, err)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := result.Encode(&out, r); err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		if err := conforms(t, resultSchema, out.Bytes()); err != nil {
			t.Fatal(err)
		}
		again, err := result.Decode(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("written, but cannot be read: %v", err)
		}
		var second bytes.Buffer
		if err := result.Encode(&second, again); err != nil || !bytes.Equal(second.Bytes(), out.Bytes()) {
			t.Fatalf("written again as\n%s%v\nwant\n%s", &second, err, &out)
		}
	})
}

// FuzzDecodeEnvironment: the same of environment.json.
func FuzzDecodeEnvironment(f *testing.F) {
	var b bytes.Buffer
	if err := result.EncodeEnvironment(&b, fullEnvironment()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add([]byte(`{"schema":"` + result.EnvironmentSchemaID + `","schema_version":1,"nodes":{"a":{}},"clients":null}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		e, err := result.DecodeEnvironment(bytes.NewReader(doc))
		oneLine(t, err)
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := result.EncodeEnvironment(&first, e); err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		if err := conforms(t, environmentSchema, first.Bytes()); err != nil {
			t.Fatal(err)
		}
		again, err := result.DecodeEnvironment(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("written, but cannot be read: %v", err)
		}
		if err := result.EncodeEnvironment(&second, again); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("written again as\n%s%v\nwant\n%s", &second, err, &first)
		}
	})
}

// oneLine demands that an error is one line, whatever the file that it quotes holds.
func oneLine(t *testing.T, err error) {
	t.Helper()
	if err != nil && (err.Error() == "" || strings.ContainsAny(err.Error(), "\r\n")) {
		t.Fatalf("error is not one line: %q", err)
	}
}

// A scenario that measures tests no contract, unless a limiter broke it on the way.
func TestWhatACellTests(t *testing.T) {
	for _, c := range []struct {
		cell            result.Cell
		measures, tests bool
	}{
		{result.Cell{Expected: "any", Verdict: "unknown"}, true, false},
		{result.Cell{Expected: "any", Verdict: "valid"}, true, false},
		{result.Cell{Expected: "any", Verdict: "invalid"}, true, true},
		{result.Cell{Expected: "valid", Verdict: "unknown"}, false, true},
		{result.Cell{Expected: "invalid", Verdict: "valid"}, false, true},
	} {
		if c.cell.Measures() != c.measures || c.cell.Tests() != c.tests {
			t.Errorf("expected %s, verdict %s: measures %t, tests %t", c.cell.Expected, c.cell.Verdict, c.cell.Measures(), c.cell.Tests())
		}
	}
	if (&result.Cell{StartedRatio: ptr(1.0)}).Closed() || !(&result.Cell{Void: true}).Closed() {
		t.Error("only an open loop has a share of operations that started on time")
	}
}

// Settings are hidden by what their names say, so that those of newer servers are too.
func TestPasswordsOfServersAreHidden(t *testing.T) {
	const hidden = "(hidden)"
	e := fullEnvironment()
	want := map[string]string{
		"requirepass": hidden, "primaryauth": hidden, "Module.Secret-Key": hidden, "tls-key-file-pass": hidden,
		"masterauth": "", "rdbcompression": "yes", "maxmemory": "0",
	}
	for name, value := range want {
		e.Nodes["redis-1"].Config[name] = value
		if value == hidden {
			e.Nodes["redis-1"].Config[name] = "hunter2"
		}
	}
	var b bytes.Buffer
	if err := result.EncodeEnvironment(&b, e); err != nil {
		t.Fatal(err)
	}
	got, err := result.DecodeEnvironment(&b)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if is := got.Nodes["redis-1"].Config[name]; is != value {
			t.Errorf("%s is %q in the file, want %q", name, is, value)
		}
	}
}
