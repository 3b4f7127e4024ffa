package history_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
)

// disk is a row as FORMAT.md documents it, declared a second time, so that a change of
// the file is noticed here.
type disk struct {
	Intended   int64  `parquet:"intended_ns"`
	Inv        int64  `parquet:"inv_ns"`
	Ret        int64  `parquet:"ret_ns"`
	At         int64  `parquet:"at_us"`
	ResetAt    int64  `parquet:"reset_at_us"`
	RetryAfter int64  `parquet:"retry_after_us"`
	Remaining  int64  `parquet:"remaining"`
	Node       int64  `parquet:"node"`
	Seq        int64  `parquet:"seq"`
	Key        int32  `parquet:"key"`
	Worker     int32  `parquet:"worker"`
	Cost       int32  `parquet:"cost"`
	Outcome    string `parquet:"outcome"`
	By         string `parquet:"decided_by"`
	Symptom    string `parquet:"error"`
}

// disk2 is a row of schema 2, which knew of no policies.
type disk2 struct {
	Intended   int64  `parquet:"intended_ns"`
	Inv        int64  `parquet:"inv_ns"`
	Ret        int64  `parquet:"ret_ns"`
	At         int64  `parquet:"at_us"`
	ResetAt    int64  `parquet:"reset_at_us"`
	RetryAfter int64  `parquet:"retry_after_us"`
	Remaining  int64  `parquet:"remaining"`
	Node       int64  `parquet:"node"`
	Seq        int64  `parquet:"seq"`
	Key        int32  `parquet:"key"`
	Worker     int32  `parquet:"worker"`
	Cost       int32  `parquet:"cost"`
	Outcome    string `parquet:"outcome"`
}

// disk1 is a row of schema 1, which numbered no steps.
type disk1 struct {
	Intended   int64  `parquet:"intended_ns"`
	Inv        int64  `parquet:"inv_ns"`
	Ret        int64  `parquet:"ret_ns"`
	At         int64  `parquet:"at_us"`
	ResetAt    int64  `parquet:"reset_at_us"`
	RetryAfter int64  `parquet:"retry_after_us"`
	Remaining  int64  `parquet:"remaining"`
	Key        int32  `parquet:"key"`
	Worker     int32  `parquet:"worker"`
	Cost       int32  `parquet:"cost"`
	Outcome    string `parquet:"outcome"`
}

// forge writes a Parquet file with any rows and any metadata.
func forge[R any](t testing.TB, metadata map[string]string, rows ...R) []byte {
	t.Helper()
	var options []parquet.WriterOption
	for key, value := range metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	var b bytes.Buffer
	if err := parquet.Write(&b, rows, options...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// metadata is that of a good file with two keys, edited.
func metadata(t testing.TB, edits ...string) map[string]string {
	t.Helper()
	text, err := json.Marshal(trial(2))
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.NewReplacer(edits...).Replace(string(text))
	if len(edits) > 0 && edited == string(text) {
		t.Fatalf("%q is not in the trial", edits[0])
	}
	return map[string]string{"rlbench.trial": edited}
}

func readError(file []byte) string {
	h, err := history.Read(bytes.NewReader(file), int64(len(file)))
	if err == nil {
		return "nil"
	}
	if h != nil {
		return "a history beside the error " + err.Error()
	}
	return err.Error()
}

func TestReadOfTheDocumentedFile(t *testing.T) {
	file := forge(t, metadata(t), disk{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 10, 11, "denied", "policy after unknown", "max clients"})
	h, err := history.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	want := history.Op{
		Intended: 1, Inv: 2, Ret: 3, At: 4, ResetAt: 5, RetryAfter: 6, Remaining: 7,
		Node: 8, Seq: 9, Key: 1, Worker: 10, Cost: 11, Outcome: algorithms.Denied, By: algorithms.AfterUnknown, Symptom: drivers.MaxClients,
	}
	if len(h.Ops) != 1 || h.Ops[0] != want {
		t.Errorf("read %+v, want %+v", h.Ops, want)
	}
}

// A file of schema 2 reads as one of this version in which no policy decided.
func TestReadOfSchema2(t *testing.T) {
	file := forge(t, metadata(t, `"schema":3`, `"schema":2`), disk2{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 10, 11, "denied"})
	h, err := history.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	want := history.Op{
		Intended: 1, Inv: 2, Ret: 3, At: 4, ResetAt: 5, RetryAfter: 6, Remaining: 7,
		Node: 8, Seq: 9, Key: 1, Worker: 10, Cost: 11, Outcome: algorithms.Denied, By: algorithms.ByLimiter, Symptom: drivers.NoError,
	}
	if len(h.Ops) != 1 || h.Ops[0] != want || h.Trial.Schema != history.Schema {
		t.Errorf("read %+v of schema %d, want %+v", h.Ops, h.Trial.Schema, want)
	}
}

// A file of schema 1 reads as one of this version whose steps were not numbered, and can
// be written as that.
func TestReadOfSchema1(t *testing.T) {
	file := forge(t, metadata(t, `"schema":3`, `"schema":1`), disk1{1, 2, 3, 4, 5, 6, 7, 1, 9, 10, "denied"})
	h, err := history.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	want := &history.History{Trial: trial(2), Ops: []history.Op{{
		Intended: 1, Inv: 2, Ret: 3, At: 4, ResetAt: 5, RetryAfter: 6, Remaining: 7,
		Key: 1, Worker: 9, Cost: 10, Outcome: algorithms.Denied,
	}}}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("read %+v, want %+v", h, want)
	}
	again := encode(t, h)
	if h, err = history.Read(bytes.NewReader(again), int64(len(again))); err != nil || !reflect.DeepEqual(h, want) {
		t.Errorf("written again it reads as %+v, %v", h, err)
	}
}

func TestReadExplains(t *testing.T) {
	good := disk{Inv: 2, Ret: 3, Cost: 1, Outcome: "allowed"}
	with := func(f func(*disk)) []disk {
		bad := good
		f(&bad)
		return []disk{good, bad}
	}
	whole := forge(t, metadata(t), good)
	old := disk1{Inv: 2, Ret: 3, Cost: 1, Outcome: "allowed"}
	type noOutcome struct {
		disk    `parquet:"-"`
		Inv     int64 `parquet:"inv_ns"`
		Outcome int32 `parquet:"outcome"`
	}
	first := func(edits ...string) map[string]string {
		return metadata(t, append(edits, `"schema":3`, `"schema":1`)...)
	}
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "not a Parquet file", nil},
		{"text", "not a Parquet file", []byte("inv_ns,ret_ns\n1,2\n")},
		{"cut at once", "file is cut off", whole[:4]},
		{"cut", "file is cut off", whole[:len(whole)-1]},
		{"grown", "file is cut off", append(bytes.Clone(whole), 0)},
		{"foreign", "a Parquet file, but not of rlbench: its metadata has no rlbench.trial", forge(t, nil, good)},
		{"newer", "written by a newer rlbench (schema 4); this one reads up to 3", forge(t, metadata(t, `"schema":3`, `"schema":4,"novel":{}`), good)},
		{"schema 0", "there is no schema 0: this rlbench reads 1 to 3", forge(t, metadata(t, `"schema":3`, `"schema":0`), good)},
		{"schema 1 with columns of 2", "is unknown", forge(t, first(), good)},
		{"schema 3 with columns of 1", "column node is missing", forge(t, metadata(t), old)},
		{"schema 3 with columns of 2", "column decided_by is missing", forge(t, metadata(t), disk2{Inv: 2, Ret: 3, Cost: 1, Outcome: "allowed"})},
		{"nobody decided", `operation 1: "nobody" did not decide`, forge(t, metadata(t), with(func(d *disk) { d.By = "nobody" })...)},
		{"no symptom", `operation 1: there is no error "headache"`, forge(t, metadata(t), with(func(d *disk) { d.Symptom = "headache" })...)},
		{"times", "policy: times must be 0 to", forge(t, metadata(t, `"times":2`, `"times":-1`), good)},
		{"schema 1 without a column", "column intended_ns is missing", forge(t, first(), noOutcome{})},
		{"schema 1 with a retyped column", "column outcome is ", forge(t, first(), struct {
			disk1
			Outcome int32 `parquet:"outcome"`
		}{})},
		{"schema 1 with an added column", "column note is unknown", forge(t, first(), struct {
			disk1
			Note string `parquet:"note"`
		}{old, "edited"})},
		{"unknown field", `decode trial: json: unknown field "seeed"`, forge(t, metadata(t, `"seed"`, `"seeed"`), good)},
		{"no JSON", "decode trial: ", forge(t, map[string]string{"rlbench.trial": "{"}, good)},
		{"expected", `expected verdict "maybe" is none of valid, invalid, any`, forge(t, metadata(t, `"valid"`, `"maybe"`), good)},
		{"loop", `loop "ajar" is neither open nor closed`, forge(t, metadata(t, `"open"`, `"ajar"`), good)},
		{"limit", "contract: limit must be at least 1", forge(t, metadata(t, `"limit":100`, `"limit":0`), good)},
		{"end", "the measured part ends before it starts", forge(t, metadata(t, `"end_ns":2000000000`, `"end_ns":1`), good)},
		{"fault without a name", "fault 0: it has no name", forge(t, metadata(t, `"name":"kill"`, `"name":""`), good)},
		{"early effect", "fault 0: took effect 1 ns before it began", forge(t, metadata(t, `"effect_ns":2`, `"effect_ns":0`), good)},
		{"early heal", "fault 0: was healed 1 ns before it took effect", forge(t, metadata(t, `"healed_ns":3`, `"healed_ns":1`), good)},
		{"order of faults", "fault 1: began before the one above it", forge(t,
			metadata(t, `"faults":[`, `"faults":[{"name":"pause","began_ns":2,"effect_ns":2,"healed_ns":0},`), good)},
		{"roles of nobody", "roles: the node that served the keys before has no name", forge(t, metadata(t, `"before":"redis-1"`, `"before":""`), good)},
		{"changes", "roles: changes must be 0, 1 or 2, which stands for more than one, got 3", forge(t, metadata(t, `"changes":1`, `"changes":3`), good)},
		{"wanted changes", "roles: -1 wanted changes are negative", forge(t, metadata(t, `"want":1`, `"want":-1`), good)},
		{"lost bytes", "roles: lost bytes must be at least 0, or -1 for not known, got -2", forge(t, metadata(t, `"lost_bytes":100`, `"lost_bytes":-2`), good)},
		{"audit", "audit: key 2 is out of range: the trial has 2 keys", forge(t, metadata(t, `"key":0`, `"key":2`), good)},
		{"missing column", "column intended_ns is missing", forge(t, metadata(t), noOutcome{})},
		{"retyped column", "column outcome is ", forge(t, metadata(t), struct {
			disk
			Outcome int32 `parquet:"outcome"`
		}{})},
		{"added column", "column note is unknown", forge(t, metadata(t), struct {
			disk
			Note string `parquet:"note"`
		}{good, "edited"})},
		{"outcome", `operation 1: outcome "alowed" is none of unknown, failed, denied, allowed`, forge(t, metadata(t), with(func(d *disk) { d.Outcome = "alowed" })...)},
		{"key", "operation 1: key 2 is out of range: the trial has 2 keys", forge(t, metadata(t), with(func(d *disk) { d.Key = 2 })...)},
		{"negative key", "operation 1: key -1 is out of range", forge(t, metadata(t), with(func(d *disk) { d.Key = -1 })...)},
		{"time", "operation 1: returned 1 ns before it was invoked", forge(t, metadata(t), with(func(d *disk) { d.Ret = 1 })...)},
		{"order", "operation 1: was invoked before the one above it", forge(t, metadata(t), with(func(d *disk) { d.Inv = 1 })...)},
		{"cost", "operation 1: cost must be at least 1, got 0", forge(t, metadata(t), with(func(d *disk) { d.Cost = 0 })...)},
		{"node", "operation 1: node -1 is negative", forge(t, metadata(t), with(func(d *disk) { d.Node = -1 })...)},
		{"seq", "operation 1: seq -1 is negative", forge(t, metadata(t), with(func(d *disk) { d.Seq = -1 })...)},
		{"worker", "operation 1: worker -1 is negative", forge(t, metadata(t), with(func(d *disk) { d.Worker = -1 })...)},
	} {
		if got := readError(c.file); !strings.HasPrefix(got, "read history: ") || !strings.Contains(got, c.want) {
			t.Errorf("%s: error is %s, want %q", c.name, got, c.want)
		}
	}
}

// A file cut at any byte, as by a killed writer, is refused.
func TestReadOfACutFile(t *testing.T) {
	whole := encode(t, benchHistory(50))
	for n := range len(whole) {
		if got := readError(whole[:n]); n >= 4 && !strings.Contains(got, "file is cut off") {
			t.Fatalf("after %d bytes the error is %s", n, got)
		}
	}
}

// A wrong byte before the footer is noticed, or makes no difference to the operations
// that are read: pages carry checksums. Verify notices one in the footer.
func TestReadOfADamagedFile(t *testing.T) {
	want := benchHistory(20)
	whole := encode(t, want)
	footer := len(whole) - 8 - int(binary.LittleEndian.Uint32(whole[len(whole)-8:]))
	for i := 0; i < footer; i += 5 {
		file := bytes.Clone(whole)
		file[i] ^= 0x55
		h, err := history.Read(bytes.NewReader(file), int64(len(file)))
		if err == nil && !slices.Equal(h.Ops, want.Ops) {
			t.Errorf("byte %d: other operations and no error", i)
		}
	}
}

func TestWriteRefusesAnotherSchema(t *testing.T) {
	h := benchHistory(2)
	h.Trial.Schema = 1
	if err := history.Write(new(bytes.Buffer), h); err == nil || !strings.Contains(err.Error(), "schema 1 is not the one that this rlbench writes (3)") {
		t.Errorf("error is %v", err)
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	h := benchHistory(2)
	h.Ops[1].Key = 100
	path := filepath.Join(t.TempDir(), "history.parquet")
	_, err := history.WriteFile(path, h)
	if err == nil || !strings.Contains(err.Error(), "write history: operation 1: key 100 is out of range") {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a file was written: %v", err)
	}
}

// The columns of FORMAT.md are those of the file.
func TestFormatIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\S+) \\|").FindAllSubmatch(doc, -1) {
		documented = append(documented, string(m[1])+" "+string(m[2]))
	}
	whole := encode(t, benchHistory(1))
	file, err := parquet.OpenFile(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var stored []string
	types := strings.NewReplacer("INT(64,true)", "INT64", "INT(32,true)", "INT32", "STRING", "UTF-8")
	for _, f := range file.Schema().Fields() {
		kind := f.Type().String()
		if !f.Required() {
			kind += " optional"
		}
		stored = append(stored, f.Name()+" "+types.Replace(kind))
	}
	if got, want := strings.Join(stored, "\n"), strings.Join(documented, "\n"); got != want {
		t.Errorf("the file has\n%s\ndocumented is\n%s", got, want)
	}
}

// Whatever the bytes, Read returns; what it accepts, Write writes again.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, benchHistory(3)))
	f.Add(encode(f, &history.History{Trial: trial(1)}))
	f.Add(forge(f, metadata(f, `"schema":3`, `"schema":1`), disk1{Inv: 2, Ret: 3, Cost: 1, Outcome: "allowed"}))
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, file []byte) {
		h, err := history.Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error is not one line: %q", err)
			}
			return
		}
		again := encode(t, h)
		if h2, err := history.Read(bytes.NewReader(again), int64(len(again))); err != nil || !reflect.DeepEqual(h2, h) {
			t.Fatalf("accepted, but written it reads as %+v, %v\nwant %+v", h2, err, h)
		}
	})
}

// FuzzDamage hurts a real file: it flips, cuts, inserts or moves bytes where the fuzzer
// says, in the pages or in the footer. Whatever is left is read in bounded memory, or
// refused in one line that names the file.
func FuzzDamage(f *testing.F) {
	whole := encode(f, benchHistory(3_000))
	for how := range uint8(4) {
		f.Add(uint32(40), uint16(1), how, byte(0x80))
		f.Add(uint32(len(whole)-9), uint16(4), how, byte(0xff))
		f.Add(uint32(len(whole)-700), uint16(60), how, byte(1))
	}
	path := filepath.Join(f.TempDir(), "history.parquet")
	f.Fuzz(func(t *testing.T, at uint32, n uint16, how, by byte) {
		file := damage(whole, int(at), int(n), how, by)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := history.ReadFile(path)
		runtime.ReadMemStats(&after)
		if err != nil && (!strings.Contains(err.Error(), path) || strings.ContainsAny(err.Error(), "\r\n")) {
			t.Errorf("error is not one line that names the file: %q", err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Errorf("reading %d bytes took %d bytes of memory", len(file), took)
		}
	})
}

// damage returns a damaged copy.
func damage(whole []byte, at, n int, how, by byte) []byte {
	at %= len(whole)
	n = min(1+n%64, len(whole)-at)
	file := bytes.Clone(whole)
	part := file[at : at+n]
	switch how % 4 {
	case 0:
		for i := range part {
			part[i] ^= by
		}
	case 1:
		return slices.Delete(file, at, at+n)
	case 2:
		return slices.Insert(file, at, bytes.Repeat([]byte{by}, n)...)
	case 3:
		slices.Reverse(part)
	}
	return file
}
