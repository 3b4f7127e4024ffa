package watchdog

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker/dockertest"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/provider/owner"
)

// roleVar makes this test program a run that holds servers, see hold.
const roleVar = "RLBENCH_TEST_HOLD"

func TestMain(m *testing.M) {
	Main()
	if os.Getenv(roleVar) != "" {
		if err := hold(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// held is what a holding run tells the test on its first line of output.
type held struct {
	Owner string
	Addrs []string // of the local server, and of the container if there is an engine
}

// hold starts a watchdog and servers, and keeps them until its input ends.
func hold(ctx context.Context) error {
	stop, err := Start()
	if err != nil {
		return err
	}
	defer stop()
	self, err := owner.Self()
	if err != nil {
		return err
	}
	providers, err := providers(ctx)
	if err != nil {
		return err
	}
	h := held{Owner: self.String()}
	for _, p := range providers {
		n, err := p.Start(ctx, provider.Spec{Name: "redis-1"})
		if err != nil {
			return err
		}
		defer n.Stop(ctx)
		h.Addrs = append(h.Addrs, n.Addr())
		stop, err := holdNetwork(ctx, p, &h)
		if err != nil {
			return err
		}
		defer stop()
	}
	if err := json.NewEncoder(os.Stdout).Encode(h); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// holdNetwork adds a node on a network, where networks outlive a process: those of
// local processes end with the last of them.
func holdNetwork(ctx context.Context, p provider.Provider, h *held) (stop func(), err error) {
	if _, isolated := p.(provider.Isolator); isolated {
		return func() {}, nil
	}
	network, err := p.(provider.Networker).Network(ctx, []string{"redis-1"})
	if err != nil {
		return nil, err
	}
	stop = func() { _ = network.Stop(ctx) }
	n, err := network.Start(ctx, provider.Spec{Name: "redis-1"})
	if err != nil {
		stop()
		return nil, err
	}
	h.Addrs = append(h.Addrs, n.Addr())
	return stop, nil
}

func providers(ctx context.Context) ([]provider.Provider, error) {
	l, err := local.New(ctx, "", "a test asked for it")
	if err != nil {
		return nil, err
	}
	d, err := dockertest.Open()
	if errors.Is(err, provider.ErrNoEngine) {
		return []provider.Provider{l}, nil
	}
	return []provider.Provider{l, d}, err
}

// run is a holding run as the test sees it.
type run struct {
	held
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr *bytes.Buffer
}

func startRun(t *testing.T) *run {
	t.Helper()
	r := &run{cmd: exec.Command(os.Args[0]), stderr: new(bytes.Buffer)}
	r.cmd.Env = append(os.Environ(), roleVar+"=1")
	r.cmd.Stderr = r.stderr
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a job of its own, as a shell makes it
	stdin, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.stdin = stdin
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close(); _ = r.cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.held)
	}
	if err != nil {
		t.Fatalf("read what the run holds: %v: %s", err, r.stderr)
	}
	return r
}

// answering returns the addresses at which the run's servers answer.
func (r *run) answering(ctx context.Context) []string {
	var up []string
	for _, addr := range r.Addrs {
		if _, err := provider.Identify(ctx, addr); err == nil {
			up = append(up, addr)
		}
	}
	return up
}

// leftovers lists what is there of the run: servers, directories, its watchdog.
func (r *run) leftovers(t *testing.T) []string {
	t.Helper()
	left := r.answering(t.Context())
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "*"+r.Owner+"*"))
	if err != nil {
		t.Fatal(err)
	}
	left = append(left, dirs...)
	out, err := exec.CommandContext(t.Context(), "ps", "-eo", "args").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, name+" "+r.Owner) {
			left = append(left, strings.TrimSpace(line))
		}
	}
	return append(left, ofEngine(t, r.Owner)...)
}

// ofEngine lists the containers and networks of an owner. It asks the engine by its
// own command line, not by the code under test.
func ofEngine(t *testing.T, o string) (ids []string) {
	t.Helper()
	if _, err := dockertest.Open(); errors.Is(err, provider.ErrNoEngine) {
		return nil
	}
	for _, list := range [][]string{{"ps", "--all"}, {"network", "ls"}} {
		args := append(list, "--quiet", "--filter", "label=rlbench=1", "--filter", "label=rlbench.owner="+o)
		out, err := exec.CommandContext(t.Context(), "docker", args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, strings.Fields(string(out))...)
	}
	return ids
}

// awaitGone waits until nothing of the run is left. The bound is far above the
// three seconds that it takes: it only ends a test that would fail.
func (r *run) awaitGone(t *testing.T) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for left := r.leftovers(t); len(left) > 0; left = r.leftovers(t) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still there: %v", left)
		}
	}
}

// The whole job is killed, as a terminal or a CI runner does it: the watchdog is
// out of its reach.
func TestNothingIsLeftOfAKilledRun(t *testing.T) {
	killed, living := startRun(t), startRun(t)
	if up := killed.answering(t.Context()); len(up) != len(killed.Addrs) {
		t.Fatalf("of the servers at %v only %v answer", killed.Addrs, up)
	}
	if err := syscall.Kill(-killed.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed.awaitGone(t)
	if up := living.answering(t.Context()); len(up) != len(living.Addrs) {
		t.Errorf("the other run's servers were at %v, only %v answer", living.Addrs, up)
	}
}

func TestNothingIsLeftOfARunThatEnds(t *testing.T) {
	r := startRun(t)
	if err := r.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("run: %v: %s", err, r.stderr)
	}
	if left := r.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if r.stderr.Len() > 0 {
		t.Errorf("a run without incident wrote %q", r.stderr)
	}
}

func TestDismissed(t *testing.T) {
	for input, want := range map[string]bool{"": false, "q": true, "x": false} {
		if got := dismissed(strings.NewReader(input)); got != want {
			t.Errorf("dismissed(%q) = %v, want %v", input, got, want)
		}
	}
}
