package cli

import (
	"os"
	"slices"
	"testing"
)

// What is passed on tells neither passwords nor where on a machine somebody keeps results.
func TestCommandLine(t *testing.T) {
	args := os.Args
	t.Cleanup(func() { os.Args = args })
	os.Args = []string{"/usr/bin/mine", "run", "--out", "/home/me/a", "--out=/home/me/b", "--server", "redis://:secret@host:1"}
	want := []string{"mine", "run", "--out", "a", "--out=b", "--server", "redis://***@host:1"}
	if got := commandLine("mine"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
