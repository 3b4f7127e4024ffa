package rlbench_test

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider/docker/dockertest"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// struck is a run that is killed in the middle of a fault.
type struck struct {
	name, flags string
	// in says that the fault is in effect: of the server or its network, and not by time.
	in func(*testing.T, *struck) bool
	*victim
	c      *exec.Cmd
	ended  chan error
	server string // the process id of the first one that answered
}

// A run that is killed while a fault is in effect leaves nothing of it.
func TestARunKilledInAFaultLeavesNothing(t *testing.T) {
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		given := providertest.Redis(t)
		settings, rules := told(given, "CONFIG GET *"), inputRules()
		runs := []*struck{
			{name: "paused", flags: "--server local --scenario outage.pause", in: frozen},
			{name: "cut off", flags: "--server local --scenario partition --topology sentinel", in: cutOff},
			{name: "delayed", flags: "--server redis://" + given + " --scenario network-delay.10", in: func(*testing.T, *struck) bool {
				return strings.Contains(told(given, "INFO commandstats"), "cmdstat_evalsha")
			}},
			{name: "full", flags: "--server local --scenario outage.maxclients", in: says("PING", "-ERR max number of clients")},
			{name: "stopped", flags: "--server local --scenario outage.stop", in: down},
			{name: "restarted", flags: "--server local --scenario restart.crash-none", in: restarted},
			{name: "short of memory", flags: "--server local --scenario eviction.allkeys-lru", in: limited},
			{name: "locked", flags: "--server local --scenario outage.password --policy fail-sql", in: locked},
		}
		killAll(t, runs)
		if now := told(given, "CONFIG GET *"); settings == "" || now != settings {
			t.Errorf("the given server's settings were\n%s\nand are\n%s", settings, now)
		}
		await(t, "the end of all keys on the given server", func() bool { return told(given, "DBSIZE") == ":0\r\n" })
		if now := inputRules(); now != rules {
			t.Errorf("the rules of this machine were\n%s\nand are\n%s", rules, now)
		}
	})
	t.Run("docker", func(t *testing.T) {
		t.Parallel()
		dockertest.Provider(t) // sees to the image
		killAll(t, []*struck{{name: "paused", flags: "--server docker --scenario outage.pause", in: func(t *testing.T, s *struck) bool {
			return len(s.owned(t, "ps", "--filter", "status=paused")) > 0
		}}})
	})
}

// killAll starts the runs side by side, kills each when its fault is in effect, and demands
// that nothing of any stays.
func killAll(t *testing.T, runs []*struck) {
	t.Helper()
	for _, s := range runs {
		s.victim = newVictim(t, append(strings.Fields("run --algorithm gcra --technique lua --driver redigo --out r"), strings.Fields(s.flags)...)...)
		s.c, s.ended = s.start(t)
		t.Cleanup(func() { _ = s.c.Process.Kill() }) // if the test fails before
	}
	left := slices.Clone(runs)
	await(t, "all faults", func() bool {
		left = slices.DeleteFunc(left, func(s *struck) bool { return s.killed(t) })
		return len(left) == 0
	})
	for _, s := range runs {
		t.Run(s.name, func(t *testing.T) { s.leavesNothing(t) })
	}
}

// killed kills the run if its fault is in effect. One that has ended before has failed.
func (s *struck) killed(t *testing.T) bool {
	t.Helper()
	in := s.in(t, s)
	if in {
		_ = s.c.Process.Kill() // fails if the run ends in this instant
	}
	select {
	case <-s.ended:
	default:
		if !in {
			return false
		}
		<-s.ended
	}
	if s.c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("%s: the run ended before it was killed: %s\n%s", s.name, s.c.ProcessState, stderr(s.c))
	}
	return true
}

// servers are the process ids of the run's servers, those that serve.
func (s *struck) servers(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(processesIn(t, s.tmp), func(pid string) bool { return address(pid) == "" })
}

// first is the process id of the first server that answered; empty if none has yet.
func (s *struck) first(servers []string) string {
	if s.server == "" {
		if i := slices.IndexFunc(servers, func(pid string) bool { return told(address(pid), "PING") == "+PONG\r\n" }); i >= 0 {
			s.server = servers[i]
		}
	}
	return s.server
}

// read is what a file of a process says; nothing if that has ended.
func read(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

func frozen(t *testing.T, s *struck) bool {
	for _, pid := range s.servers(t) {
		if strings.Contains(read("/proc/"+pid+"/status"), "State:\tT") {
			return true
		}
	}
	return false
}

func down(t *testing.T, s *struck) bool {
	list := s.servers(t)
	return s.first(list) != "" && len(list) == 0
}

func restarted(t *testing.T, s *struck) bool {
	list := s.servers(t)
	return s.first(list) != "" && len(list) > 0 && list[0] != s.server
}

// cutOff says that packets are dropped in the network namespace of the servers. The
// namespace ends with the last process in it.
func cutOff(t *testing.T, s *struck) bool {
	list := s.servers(t)
	if len(list) == 0 {
		return false
	}
	enter := []string{"--target", list[0], "--net"}
	if os.Geteuid() != 0 {
		enter = append(enter, "--user", "--preserve-credentials")
	}
	out, _ := exec.Command("nsenter", append(enter, "iptables", "-S", "INPUT")...).Output() // fails if the server has ended since
	if !strings.Contains(string(out), "-j DROP") {
		return false
	}
	space, err := os.Readlink("/proc/" + list[0] + "/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { await(t, "the end of "+space, func() bool { return !inUse(space) }) })
	return true
}

// inUse says that a process is in a network namespace.
func inUse(space string) bool {
	list, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	return slices.ContainsFunc(list, func(path string) bool {
		in, _ := os.Readlink(path) // fails for a process that has ended since
		return in == space
	})
}

// inputRules are those of the machine's own network; empty to who is not root, and cannot
// change them either.
func inputRules() string {
	out, _ := exec.Command("iptables", "-S", "INPUT").Output()
	return string(out)
}

func limited(t *testing.T, s *struck) bool {
	for _, addr := range s.addresses(t) {
		answer := told(addr, "CONFIG GET maxmemory")
		return strings.HasPrefix(answer, "*2") && !strings.HasSuffix(answer, "\r\n0\r\n")
	}
	return false
}

// says is a server that begins its answer so.
func says(command, answer string) func(*testing.T, *struck) bool {
	return func(t *testing.T, s *struck) bool {
		return slices.ContainsFunc(s.addresses(t), func(addr string) bool { return strings.HasPrefix(told(addr, command), answer) })
	}
}

// locked is a server that wants a password, while the policy's database is in use.
func locked(t *testing.T, s *struck) bool {
	open, err := filepath.Glob(filepath.Join(s.tmp, "*", "charges.db-wal"))
	return err == nil && len(open) > 0 && says("PING", "-NOAUTH")(t, s)
}

// addresses are where the servers listen.
func (s *struck) addresses(t *testing.T) (list []string) {
	t.Helper()
	for _, pid := range s.servers(t) {
		list = append(list, address(pid))
	}
	return list
}

// address is where a server listens, which Redis makes its title once it has started. A
// program that is asked for its version alone is no server, and has none.
func address(pid string) string {
	words := strings.Fields(strings.Trim(read("/proc/"+pid+"/cmdline"), "\x00"))
	if len(words) < 2 || !strings.HasSuffix(read("/proc/"+pid+"/comm"), "-server\n") {
		return ""
	}
	if _, _, err := net.SplitHostPort(words[1]); err != nil {
		return ""
	}
	return words[1]
}

// told is the answer of a server to one command; empty if there is none. It is asked over a
// connection of its own, without a client that would try again.
func told(addr, command string) string {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second)) // where that fails, so does the rest
	_, _ = conn.Write([]byte(command + "\r\nQUIT\r\n"))
	text, _ := io.ReadAll(conn) // what has come by the deadline
	return strings.TrimSuffix(string(text), "+OK\r\n")
}
