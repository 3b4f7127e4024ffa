package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/result"
)

// environment gathers everything that a run depends on.
func (s *session) environment(ctx context.Context, f *runFlags, where provider.Provider) (*result.Environment, error) {
	e := &result.Environment{
		Run: filepath.Base(s.folder.path), Seed: f.seed, Command: append([]string{"rlbench"}, os.Args[1:]...), Config: s.config(f, where),
		Version: version(), Go: runtime.Version(), Modules: modules(), Machine: thisMachine(),
		Clients: map[string]drivers.Options{}, Nodes: map[string]result.Node{},
	}
	if err := s.clients(e.Clients); err != nil {
		return nil, err
	}
	info, err := s.bench.Info(ctx, "default")
	if err != nil {
		return nil, fmt.Errorf("read INFO: %w", err)
	}
	config, err := s.bench.Config(ctx)
	if err != nil {
		return nil, fmt.Errorf("read CONFIG: %w", err)
	}
	for name, facts := range s.deployment.Facts() {
		e.Nodes[name] = result.Node{Facts: facts, Info: engine.InfoFields(info), Config: config}
	}
	return e, nil
}

// config is every setting as resolved.
func (s *session) config(f *runFlags, where provider.Provider) map[string]string {
	c := map[string]string{"server": where.Name(), "server.about": where.About(), "seed": fmt.Sprint(f.seed)}
	for _, cell := range s.cells {
		sc := cell.Scenario
		for field, value := range map[string]any{
			"limit": sc.Limit.L, "window": sc.Limit.W, "burst": sc.Limit.B, "duration": sc.Duration, "rate": sc.Rate,
			"max_cost": sc.MaxCost, "workers": sc.Workers, "deadline": sc.Deadline, "repeat": sc.Repeat, "in_flight": sc.InFlight(),
		} {
			c[sc.Name+"."+field] = fmt.Sprint(value)
		}
	}
	return c
}

// clients records the settings that each selected client really runs with.
func (s *session) clients(out map[string]drivers.Options) error {
	for _, cell := range s.cells {
		o, err := engine.ClientOptions(cell.Client, cell.Scenario)
		if err != nil {
			return err
		}
		for _, d := range s.Drivers {
			if d.Name() == cell.Driver {
				out[cell.Driver+"/"+cell.Client] = d.Resolve(o)
			}
		}
	}
	return nil
}

// titles spells the scenarios and algorithms of the run for charts, in the order of
// the program's lists.
func (s *session) titles() (list []result.Title) {
	used := map[string]bool{}
	for _, cell := range s.cells {
		used[cell.Cell.Scenario], used[cell.Algorithm] = true, true
	}
	for _, sc := range s.Scenarios {
		if used[sc.Name] {
			list = append(list, result.Title{Name: sc.Name, Title: sc.Title})
		}
	}
	for _, a := range s.Algorithms {
		if used[a.Name] {
			list = append(list, result.Title{Name: a.Name, Title: a.Title})
		}
	}
	return list
}

// newEnough refuses a server on which half of the commands would be unknown.
func newEnough(env *result.Environment) error {
	for name, n := range env.Nodes {
		if v := n.Info["redis_version"]; provider.TooOld(v) {
			return fmt.Errorf("server %s is Redis %s: rlbench needs %d.0 or newer, for PEXPIRETIME", name, v, provider.Oldest)
		}
	}
	return nil
}

// clientVersions names the module and version of each client in use.
func (s *session) clientVersions() map[string]string {
	out := map[string]string{}
	for _, cell := range s.cells {
		for _, d := range s.Drivers {
			if d.Name() == cell.Driver {
				out[d.Name()] = d.Module() + " " + moduleVersion(d.Module())
			}
		}
	}
	return out
}

func modules() map[string]string {
	out := map[string]string{}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range build.Deps {
			out[dep.Path] = dep.Version
		}
	}
	return out
}

func thisMachine() result.Machine {
	return result.Machine{
		OS: runtime.GOOS + "/" + runtime.GOARCH, Kernel: kernel(), CPU: fieldOf("/proc/cpuinfo", "model name"),
		Cores: runtime.NumCPU(), MemoryBytes: memory(),
	}
}

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Release[:])
}

func memory() int64 {
	var kib int64
	if _, err := fmt.Sscanf(fieldOf("/proc/meminfo", "MemTotal"), "%d kB", &kib); err != nil {
		return 0
	}
	return kib << 10
}

// fieldOf returns the value of the first line "name : value" of a file, or
// "unknown".
func fieldOf(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func machineTitle(m result.Machine) string {
	return fmt.Sprintf("%d cores, %s, %s %s", m.Cores, m.CPU, strings.SplitN(m.OS, "/", 2)[0], m.Kernel)
}

// serverTitle says what was measured: "Redis 7.0.15 (docker)".
func serverTitle(e *result.Environment, where string) string {
	for _, n := range e.Nodes {
		if v := n.Info["valkey_version"]; v != "" {
			return fmt.Sprintf("Valkey %s (%s)", v, where)
		}
		return fmt.Sprintf("Redis %s (%s)", n.Info["redis_version"], where)
	}
	return "unknown server"
}
