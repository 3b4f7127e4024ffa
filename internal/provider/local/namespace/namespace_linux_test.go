package namespace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleVar makes this test program one that enters a namespace, see inNamespace.
const roleVar = "RLBENCH_TEST_ENTER"

func TestMain(m *testing.M) {
	Main()
	if os.Getenv(roleVar) != "" {
		if err := inNamespace(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(exitCode)
	}
	os.Exit(m.Run())
}

const exitCode = 7

// inNamespace enters, and tries everything that a process in a namespace can do.
func inNamespace(ctx context.Context) error {
	for range 2 { // the second time it is there
		if err := Enter(ctx); err != nil {
			return err
		}
	}
	if _, there := os.LookupEnv(variable); there {
		return errors.New("child processes would inherit " + variable)
	}
	space, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return err
	}
	fmt.Println(os.Getpid(), space)
	if err := partition(ctx); err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, os.Stdin)
	return err
}

// partition cuts an address off and lets it back.
func partition(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.1.11:0")
	if err != nil {
		return err
	}
	defer l.Close()
	reached := func() bool {
		c, err := net.DialTimeout("tcp", l.Addr().String(), time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	if !reached() {
		return errors.New("loopback is not up")
	}
	if err := Filter(ctx, []string{"-A INPUT -d 127.0.1.11 -j DROP"}); err != nil {
		return err
	}
	if reached() {
		return errors.New("a rule that drops everything drops nothing")
	}
	if err := Filter(ctx, nil); err != nil {
		return err
	}
	if !reached() {
		return errors.New("without rules packets are dropped")
	}
	return nil
}

// The process that enters stays the one that was started: its number, streams and
// exit code are what its parent sees, and only the network is another.
func TestEnter(t *testing.T) {
	enter(t, exec.Command(os.Args[0]))
}

// Who is not root needs a user namespace. The copy of the program lies where another
// user may read it.
func TestEnterWithoutRoot(t *testing.T) {
	dir, err := os.MkdirTemp("", "namespace")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "program")
	content, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = errors.Join(os.WriteFile(program, content, 0o755), os.Chmod(dir, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	cmd := exec.Command(program)
	cmd.Dir = dir
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	enter(t, cmd)
}

func enter(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Env = append(os.Environ(), roleVar+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("said\n"), &out, &errs
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != exitCode {
		t.Fatalf("exit code %d, want %d: %s", code, exitCode, &errs)
	}
	var pid int
	var space, said string
	if _, err := fmt.Fscan(&out, &pid, &space, &said); err != nil {
		t.Fatal(err)
	}
	ours, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if pid != cmd.Process.Pid || space == ours || said != "said" {
		t.Errorf("process %d in %s says %q; want process %d, not in %s", pid, space, said, cmd.Process.Pid, ours)
	}
}

// Rules made outside would be the machine's.
func TestFilterIsRefusedOutside(t *testing.T) {
	if err := Filter(t.Context(), nil); err == nil || Inside() {
		t.Errorf("filter outside of a namespace: %v, inside %v", err, Inside())
	}
}

// The variable alone makes nobody believe that the machine's network is a new one.
func TestAVariableIsNoNamespace(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), variable+"=1", roleVar+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "unset the variable") {
		t.Errorf("%v: %s", err, out)
	}
}
