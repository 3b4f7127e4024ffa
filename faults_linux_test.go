package rlbench_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The program plays a fault on servers of its own: what Sentinels make Redis forget
// breaks every technique, and is not called a race.
func TestPartition(t *testing.T) {
	dir := t.TempDir()
	o := call(t, dir, "run", "--server", "local", "--topology", "sentinel", "--scenario", "partition",
		"--algorithm", "fixedwindow,gcra", "--technique", "multi,lua", "--seed", "3", "--out", "r")
	if o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	var r struct {
		Cells []struct {
			Algorithm, Technique, Driver, Verdict string
			Overshoot                             struct {
				Certain     int64
				Attribution string
			}
			Lost   *int64 `json:"lost_acknowledged"`
			Bytes  *int64 `json:"lost_bytes"`
			Faults []struct {
				Name, Node string
				At         float64  `json:"at_ms"`
				Until      *float64 `json:"until_ms"`
			}
		}
	}
	decode(t, filepath.Join(dir, "r", "result.json"), &r)
	if len(r.Cells) != 12 {
		t.Fatalf("%d cells, want 12", len(r.Cells))
	}
	var lost, bytes int64
	for _, c := range r.Cells {
		name := strings.Join([]string{c.Algorithm, c.Technique, c.Driver}, "/")
		if c.Verdict != "invalid" || c.Overshoot.Attribution != "lost writes" || c.Overshoot.Certain <= 0 {
			t.Errorf("%s: %s, overshoot %+v, want lost writes", name, c.Verdict, c.Overshoot)
		}
		if c.Lost == nil || *c.Lost <= 0 || c.Bytes == nil {
			t.Fatalf("%s: lost admissions %v, lost bytes %v", name, c.Lost, c.Bytes)
		}
		lost, bytes = lost+*c.Lost, *c.Bytes
		if len(c.Faults) != 1 || c.Faults[0].Name != "cut-peers" || c.Faults[0].Until == nil || *c.Faults[0].Until <= c.Faults[0].At {
			t.Errorf("%s: faults %+v", name, c.Faults)
		}
	}
	// What the servers say of their replication agrees with what the decisions say: an
	// admission and its number are some 300 bytes of it, and denials add to that.
	if each := bytes / lost; each < 100 || each > 1500 {
		t.Errorf("%d admissions were lost and %d bytes: %d bytes each", lost, bytes, each)
	}
	for _, chart := range []string{"timeline", "overshoot-faults", "heat", "availability"} {
		if _, err := os.Stat(filepath.Join(dir, "r", "charts", chart+".svg")); err != nil {
			t.Error(err)
		}
	}
	if o := call(t, dir, "check", "r"); o.code != 0 {
		t.Errorf("check: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// What cannot be played is refused before anything is started.
func TestFaultsAreRefusedWhereTheyCannotBe(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--server", "embedded", "--scenario", "failover"}, "use --server docker or local"},
		{[]string{"--topology", "standalone", "--scenario", "reshard"}, "nothing is left to run"},
		{[]string{"--scenario", "partition", "--duration", "5s"}, "duration must be more than 8s"},
		{[]string{"--suite", "quick", "--scenario", "failover"}, "leave --scenario out"},
		{[]string{"--suite", "quik"}, "did you mean quick?"},
		{[]string{"--suite", "quick", "--subject", "http://127.0.0.1:1/", "--contract", "window", "--limit", "5", "--window", "1s"}, "leave it out"},
	} {
		o := call(t, t.TempDir(), append([]string{"run"}, c.args...)...)
		if o.code != 2 || !strings.Contains(o.stderr, c.want) {
			t.Errorf("%v: exit code %d, %q, want 2 and %q", c.args, o.code, o.stderr, c.want)
		}
	}
}
