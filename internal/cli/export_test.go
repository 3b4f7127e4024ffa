package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// exported runs rlbench export of committed evidence into a file.
func exported(to string) (code int, stderr string) {
	var errs bytes.Buffer
	p := &Program{Stdout: &bytes.Buffer{}, Stderr: &errs}
	code = p.Run([]string{"export", "../../results/sweep-limit", "--format", "junit", "--out", to})
	return code, errs.String()
}

// A pipe, or a device, is written to: a file in its place would be lost, or worse.
func TestExportIntoAPipe(t *testing.T) {
	dir := t.TempDir()
	file, pipe := filepath.Join(dir, "junit.xml"), filepath.Join(dir, "pipe")
	if code, stderr := exported(file); code != ExitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan []byte)
	go func() {
		text, _ := os.ReadFile(pipe) // what is missing is seen below
		read <- text
	}()
	code, stderr := exported(pipe)
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Fatalf("the pipe was replaced: %v, %v", info.Mode(), err) // nothing comes out of it
	}
	if got := <-read; code != ExitOK || !bytes.Equal(got, want) || len(want) == 0 {
		t.Errorf("exit code %d, %s; %d bytes came out of the pipe, want %d", code, stderr, len(got), len(want))
	}
}

func TestExportToNowhere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]string{
		dir:                                     "is a folder: name a file",
		filepath.Join(dir, "none", "junit.xml"): "in a folder that does not exist",
		filepath.Join(file, "junit.xml"):        "choose another place with --out",
	} {
		if code, stderr := exported(to); code != ExitUsage || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("--out %s: exit code %d, %s", to, code, stderr)
		}
	}
}
