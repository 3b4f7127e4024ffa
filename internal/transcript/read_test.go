package transcript_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	. "github.com/rlbench/rlbench/internal/transcript"
)

func TestReadGivesWhatWasWritten(t *testing.T) {
	for name, tr := range samples {
		once := written(t, Write, tr)
		back, err := Read(bytes.NewReader(once))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if twice := written(t, Write, back); !bytes.Equal(once, twice) {
			t.Errorf("%s: written again after it was read, it differs:\n%s", name, twice)
		}
		if name != "hostile" && !reflect.DeepEqual(back.Params, tr.Params) {
			t.Errorf("%s: params %+v, want %+v", name, back.Params, tr.Params)
		}
	}
}

// Each change of a good file makes it one that is refused, and says why.
func TestReadRefuses(t *testing.T) {
	good := string(written(t, Write, death()))
	for _, c := range []struct{ from, to, want string }{
		{good, "", "it is empty"},
		{good, "[]", " is a array, which it cannot be"},
		{good, "{}", "it has no schema: it is no trace of this program"},
		{good, good[:len(good)/2], "it ends in the middle"},
		{good, good + "{}", "there is more behind the end of it"},
		{`"schema": 1`, `"schema": 2, "new": 3`, "its schema 2 is newer than 1, the newest that is known here"},
		{`"schema": 1`, `"schema": 0`, "its schema is 0, want 1"},
		{`"events": 1`, `"event": 1`, `unknown field "event"`},
		{`"events": 1`, `"events": "one"`, "events is a string, which it cannot be"},
		{`"events": 1`, `"events": 9`, "it says that it has 9 events in 3 steps"},
		{`"preemptions": 0`, `"preemptions": -1`, "it says that it has -1 preemptions in 3 steps"},
		{`["A", "A", "B"]`, `["A", "B"]`, "its schedule has 2 choices for 3 steps"},
		{`"limit": 1`, `"limit": -1`, "the limit is -1, which it cannot be"},
		{`"clients": 2`, `"clients": 0`, "there are 0 clients, want 1 to 26"},
		{`"clients": 2`, `"clients": 1`, `step 3: there is no actor "B" among 1 clients`},
		{`"ticks": []`, `"ticks": [5, 4]`, "tick 2 is at 4 us, want 5 or later"},
		{`"t_ms": 0`, `"t_ms": 7`, "step 2: it is at 0 ms, before the step ahead of it at 7 ms"},
		{`"t_ms": 0`, `"t_ms": -7`, "step 1: its time is -7 ms, which it cannot be"},
		{`"t0_us": 1767225600000000`, `"t0_us": -1`, "t0 is -1 us, which it cannot be"},
		{`"kind": "command"`, `"kind": "wish"`, `step 1: there is no kind "wish"`},
		{`"actor": "A"`, `"actor": "moon"`, `step 1: there is no actor "moon" among 2 clients`},
		{`"actor": "A"`, `"actor": "server"`, "step 1: command is of a client, not of the server"},
		{`"commands": [["GET", "rl{u}:w"]],`, "", "step 1: a command has no command"},
		{`"commands": [["GET", "rl{u}:w"]],`, `"commands": [[]],`, "step 1: a command is empty"},
		{`"request": 1,`, `"request": 2,`, "step 1: it is of request 2, but each client makes 1"},
		{`"deadline_ms": -1`, `"deadline_ms": -2`, `step 2: key "rl{u}:w" has the deadline -2, which it cannot have`},
		{`"crashed": ["A"]`, `"crashed": ["X"]`, `"X" crashed, but there is no such client`},
		{`"crashed": ["A"]`, `"crashed": ["A", "A"]`, "A crashed twice"},
		{`"schedule"`, `"scripts": {"x": "y"}, "schedule"`, `script "x" has the digest 95cb0bfd2977c761298d9624e4b4d4c72a39974a`},
		{`"schedule"`, `"skew": {"Z": 1}, "schedule"`, `the clock of "Z" is off, but there is no such client`},
	} {
		bad := strings.Replace(good, c.from, c.to, 1)
		if bad == good {
			t.Fatalf("the sample has no %q", c.from)
		}
		_, err := Read(strings.NewReader(bad))
		if err == nil || err.Error() != "trace: "+c.want {
			t.Errorf("%.60q: error %v, want trace: %s", c.to, err, c.want)
		}
	}
}

func TestReadIsBounded(t *testing.T) {
	_, err := Read(strings.NewReader(strings.Repeat(" ", 9<<20)))
	if err == nil || !strings.Contains(err.Error(), "more than 8 MiB") {
		t.Errorf("error %v, want one of the size", err)
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	nobody, bytesOnly := race(), race()
	nobody.Steps[0].Actor = "nobody"
	bytesOnly.Steps[0].Reply = "\xff"
	for _, bad := range []Trace{nobody, bytesOnly} {
		var b bytes.Buffer
		if err := Write(&b, bad); err == nil || b.Len() > 0 {
			t.Errorf("error %v after %d bytes, want an error and nothing written", err, b.Len())
		}
	}
}

// Whatever can be read can be written in every form, and is the same when it is read
// once more.
func FuzzRead(f *testing.F) {
	for _, tr := range samples {
		var b bytes.Buffer
		if err := Write(&b, tr); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tr, err := Read(bytes.NewReader(raw))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "trace: ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line that begins with trace:", err)
			}
			return
		}
		once := written(t, Write, tr)
		back, err := Read(bytes.NewReader(once))
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, once)
		}
		if twice := written(t, Write, back); !bytes.Equal(once, twice) {
			t.Errorf("%s\nis written again as\n%s", once, twice)
		}
		written(t, Text, tr)
		written(t, Mermaid, tr)
		wellFormed(t, written(t, SVG, tr))
	})
}
