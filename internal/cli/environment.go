package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/internal/remote"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/scenarios"
)

// environment gathers everything that a run depends on.
func (s *session) environment(f *runFlags, where provider.Provider, nodes map[string]result.Node) (*result.Environment, error) {
	e, err := s.surroundings(f)
	if err != nil {
		return nil, err
	}
	e.Config["server"], e.Config["server.about"] = where.Name(), where.About()
	e.Nodes = nodes
	return e, nil
}

// surroundings is the environment without any server.
func (s *session) surroundings(f *runFlags) (*result.Environment, error) {
	e := &result.Environment{
		Run: filepath.Base(s.folder.path), Seed: f.seed, Command: commandLine(s.Name), Flags: f.typed(),
		Config:  f.config(s.cells),
		Version: version(), Go: runtime.Version(), Modules: modules(), Machine: thisMachine(),
		Clients: map[string]drivers.Options{}, Nodes: map[string]result.Node{},
	}
	return e, s.clients(e.Clients)
}

// commandLine is the one of this process, without credentials, and of the folder of the
// result without where on this machine it is: results are passed on.
func commandLine(program string) []string {
	words, out := []string{cmp.Or(program, "rlbench")}, false
	for _, arg := range os.Args[1:] {
		if dir, joined := strings.CutPrefix(arg, "--out="); joined {
			arg = "--out=" + filepath.Base(dir)
		} else if out {
			arg = filepath.Base(arg)
		}
		out = arg == "--out"
		words = append(words, shown(arg))
	}
	return words
}

// shown is an argument without credentials. Those of a service's URL may also stand in
// its query.
func shown(arg string) string {
	url := strings.TrimPrefix(arg, "--subject=")
	if s, err := remote.Parse(url, ""); err == nil {
		return strings.TrimSuffix(arg, url) + s.Public
	}
	return given.Redact(arg)
}

// config is every setting as resolved, but for the server's.
func (f *runFlags) config(cells []scenarios.Cell) map[string]string {
	c := f.subject.config()
	c["seed"] = fmt.Sprint(f.seed)
	if !f.subject.given() {
		c["min_replicas"], c["persistence"] = fmt.Sprint(f.durability.MinReplicas), f.durability.Persistence
	}
	var names [7][]string
	for _, cell := range cells {
		for i, name := range []string{cell.Cell.Scenario, cell.Topology, cell.Algorithm, cell.Technique, cell.Driver, cell.Client, policyName(cell.Policy)} {
			if !slices.Contains(names[i], name) {
				names[i] = append(names[i], name)
			}
		}
		sc := cell.Scenario
		for field, value := range map[string]any{
			"limit": sc.Limit.L, "window": sc.Limit.W, "burst": sc.Limit.B, "duration": sc.Duration, "rate": sc.Rate,
			"max_cost": sc.MaxCost, "workers": sc.Workers, "deadline": sc.Deadline, "wait": sc.Wait, "repeat": sc.Repeat, "in_flight": sc.InFlight(), "fill": sc.Fill,
			"delay": sc.Delay,
		} {
			c[sc.Step.Of(sc.Name)+"."+field] = fmt.Sprint(value)
		}
	}
	for i, flag := range []string{"scenario", "topology", "algorithm", "technique", "driver", "client", "policy"} {
		c[flag] = strings.Join(names[i], ",")
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
				record(out, cell, d.Resolve(o))
			}
		}
	}
	return nil
}

// record keeps the settings by driver/client, and those of a scenario that runs with
// others, such as a larger pool, by its name too.
func record(out map[string]drivers.Options, cell scenarios.Cell, o drivers.Options) {
	name := cell.Driver + "/" + cell.Client
	if usual, known := out[name]; known && usual != o {
		name += " in " + cell.Step.Of(cell.Cell.Scenario)
	}
	out[name] = o
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
