package result_test

import (
	"maps"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/result"
)

// Whatever makes cells incomparable must show; what every start changes must not.
func TestConditions(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*result.Environment)
	}{
		{"nothing", "", func(*result.Environment) {}},
		{"command", "", func(e *result.Environment) { e.Command = []string{"rlbench", "run", "--resume"} }},
		{"port", "", func(e *result.Environment) { e.Nodes["redis-1"].Config["port"] = "2" }},
		{"memory used", "", func(e *result.Environment) { e.Nodes["redis-1"].Info["used_memory"] = "2" }},
		{"reason of the choice", "", func(e *result.Environment) { e.Config["server.about"] = "another" }},
		{"version", "rlbench was v0.1.0 and is v0.2.0", func(e *result.Environment) { e.Version = "v0.2.0" }},
		{"kernel", "kernel was empty and is 6.2", func(e *result.Environment) { e.Machine.Kernel = "6.2" }},
		{"cores", "cores was 2 and is 4", func(e *result.Environment) { e.Machine.Cores = 4 }},
		{"module", "module m was absent and is v1", func(e *result.Environment) { e.Modules = map[string]string{"m": "v1"} }},
		{"setting", "server was local and is docker", func(e *result.Environment) { e.Config["server"] = "docker" }},
		{"server", "server redis-1 redis_version was 7.0.15 and is 8.0.2", func(e *result.Environment) { e.Nodes["redis-1"].Info["redis_version"] = "8.0.2" }},
		{"server setting", "server redis-1 CONFIG save was empty and is 60 1", func(e *result.Environment) { e.Nodes["redis-1"].Config["save"] = "60 1" }},
		{"image", "server redis-1 image was absent and is redis:8", func(e *result.Environment) {
			n := e.Nodes["redis-1"]
			n.Facts = map[string]string{"image": "redis:8"}
			e.Nodes["redis-1"] = n
		}},
		{"address", "server was local and is one at an address", func(e *result.Environment) { e.Config["server"] = "given" }},
		{"password", "", func(e *result.Environment) { e.Nodes["redis-1"].Config["requirepass"] = "(hidden)" }},
	} {
		was, is := withConfig(), withConfig()
		c.change(is)
		if got := result.Difference(was.Conditions(), is.Conditions()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestConditionsOfClients(t *testing.T) {
	was, is := withConfig(), withConfig()
	is.Clients = maps.Clone(is.Clients)
	is.Clients["goredis/bounded"] = drivers.Clients(128)[0]
	if got := result.Difference(was.Conditions(), is.Conditions()); got == "" {
		t.Error("another pool size is no difference")
	}
}

func withConfig() *result.Environment {
	e := fullEnvironment()
	e.Config = map[string]string{"server": "local", "server.about": "a process"}
	e.Nodes["redis-1"].Config["port"] = "1"
	return e
}
