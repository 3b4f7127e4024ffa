package local

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/provider/owner"
)

// deadOwner is a process of this boot that has ended.
func deadOwner(t *testing.T) owner.Owner {
	t.Helper()
	o, err := owner.Self()
	if err != nil {
		t.Fatal(err)
	}
	o.Start += "1"
	return o
}

func ownedDir(t *testing.T, o owner.Owner) string {
	t.Helper()
	dir, err := os.MkdirTemp("", dirPrefix+o.String()+"-")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReapRemovesOnlyWhatDeadOwnersLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	n := start(t) // of a living owner
	restarted := deadOwner(t)
	restarted.Boot = "another"
	elsewhere := deadOwner(t)
	elsewhere.Boot += "0" // a process namespace that cannot be looked into
	gone := []string{ownedDir(t, deadOwner(t)), ownedDir(t, restarted)}
	kept := []string{n.dir, ownedDir(t, elsewhere), filepath.Join(os.TempDir(), "rlbench-notes")}
	if err := os.Mkdir(kept[2], 0o700); err != nil {
		t.Fatal(err)
	}
	removed, err := Reap()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(removed)
	slices.Sort(gone)
	if !slices.Equal(removed, gone) {
		t.Errorf("removed %v, want %v", removed, gone)
	}
	for _, dir := range gone {
		if exists(dir) {
			t.Errorf("%s is there after Reap", dir)
		}
	}
	for _, dir := range kept {
		if !exists(dir) {
			t.Errorf("%s is not there after Reap", dir)
		}
	}
}

// Where the kernel does not end a server with its parent, Reap does: the process
// whose identity is in the directory, and no other that has its number.
func TestReapKillsTheRecordedServer(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	orphan, other := sleeper(t), sleeper(t)
	if err := recordServer(ownedDir(t, deadOwner(t)), orphan.PID); err != nil {
		t.Fatal(err)
	}
	reused := owner.Owner{PID: other.PID, Start: other.Start + "1", Boot: other.Boot}
	dir := ownedDir(t, deadOwner(t))
	if err := os.WriteFile(filepath.Join(dir, serverName), []byte(reused.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Reap(); err != nil {
		t.Fatal(err)
	}
	await(t, "the end of the recorded server", orphan.Dead)
	if other.Dead() {
		t.Error("Reap killed a process that only has the number of a server")
	}
}

// sleeper starts a process that stands for a server; the test's end kills it.
func sleeper(t *testing.T) owner.Owner {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	exited, err := Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-exited })
	o, err := owner.Of(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func FuzzOwnerOf(f *testing.F) {
	for _, s := range []string{"rlbench-1:2:a-b-c+4-77", "rlbench-", "rlbench-1:2:3", "rlbench", "", "rlbench--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		o, ok := ownerOf(name)
		if !ok {
			return
		}
		if again, ok := ownerOf(dirPrefix + o.String() + "-1"); !ok || again != o {
			t.Errorf("ownerOf(%q) = %v, which does not read back: %v", name, o, again)
		}
	})
}

// FuzzParseVersion: a version is one word of what the program printed.
func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "Valkey server v=8.1.1", "Redis server v=", "redis-server", " server v=\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, out string) {
		version, ok := parseVersion(out)
		if ok && (version == "" || strings.ContainsAny(version, " \n") || !strings.Contains(out, version)) {
			t.Errorf("%q has the version %q", out, version)
		}
	})
}
