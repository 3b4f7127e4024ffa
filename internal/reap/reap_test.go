package reap_test

import (
	"os"
	"slices"
	"testing"

	"github.com/rlbench/rlbench/internal/provider/owner"
	"github.com/rlbench/rlbench/internal/reap"
)

// What each provider removes is tested beside it; this is that both are asked,
// and that a machine without an engine is no failure.
func TestReapWithoutAnEngine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent.sock")
	t.Setenv("TMPDIR", t.TempDir())
	o, err := owner.Self()
	if err != nil {
		t.Fatal(err)
	}
	o.Start += "1" // a process that had this one's number before
	dir, err := os.MkdirTemp("", "rlbench-"+o.String()+"-")
	if err != nil {
		t.Fatal(err)
	}
	r, err := reap.Reap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Dirs, []string{dir}) || r.Count() != 1 {
		t.Errorf("removed %+v, want %s alone", r, dir)
	}
}
