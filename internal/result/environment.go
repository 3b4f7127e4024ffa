package result

import (
	"slices"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

// EnvironmentSchemaID and EnvironmentSchemaVersion identify the format of
// environment.json. Its JSON Schema is environment.schema.json beside this file.
const (
	EnvironmentSchemaID      = "https://rlbench.dev/schema/environment"
	EnvironmentSchemaVersion = 1
)

// Environment is environment.json: what a run depended on besides its code, so that
// a difference between two runs can be explained.
type Environment struct {
	Schema        string `json:"schema"`
	SchemaVersion int    `json:"schema_version"`
	// Run is the name of the run, Seed the one that all schedules derive from.
	Run  string `json:"run"`
	Seed uint64 `json:"seed"`
	// Command is the command line as typed; Config every setting as resolved, by the
	// name of its flag or of the scenario and its field ("concurrent.rate"), of a sweep
	// with the step ("sweep-workers.64.workers").
	Command []string          `json:"command"`
	Config  map[string]string `json:"config"`
	// Flags are the flags of Command by name, besides those that say where the result
	// goes: a run that is resumed gets them again.
	Flags map[string][]string `json:"flags,omitempty"`
	// Version is rlbench's, Go the toolchain's, Modules those of every dependency by
	// module path.
	Version string            `json:"version"`
	Go      string            `json:"go"`
	Modules map[string]string `json:"modules"`
	Machine Machine           `json:"machine"`
	// Clients are the settings that each client really ran with, by driver/client:
	// "goredis/bounded"; where a scenario has others, "goredis/bounded in saturate".
	Clients map[string]drivers.Options `json:"clients"`
	// Nodes are the servers by name: "redis-1", and where a deployment has several
	// after its topology: "cluster/redis-1".
	Nodes map[string]Node `json:"nodes"`
}

// Machine is where rlbench and, unless a node says otherwise, the servers ran.
type Machine struct {
	OS     string `json:"os"`     // linux/amd64
	Kernel string `json:"kernel"` // as uname -r prints it
	CPU    string `json:"cpu"`    // model name
	Cores  int    `json:"cores"`  // that this process may use
	// MemoryBytes is the physical memory.
	MemoryBytes int64 `json:"memory_bytes"`
}

// Node is one server.
type Node struct {
	// Facts are what the provider knows: image and digest, path, pid.
	Facts map[string]string `json:"facts"`
	// Info and Config are the answers of INFO and CONFIG GET * before the load.
	// Passwords in Config are replaced when it is written.
	Info   map[string]string `json:"info"`
	Config map[string]string `json:"config"`
}

// secrets are parts of the names of settings that must not become public evidence. A
// list of whole names would miss those of a newer server, or of a module.
var secrets = []string{"pass", "auth", "secret"}

// secret says whether a setting of that name may hold a password.
func secret(name string) bool {
	return slices.ContainsFunc(secrets, func(part string) bool { return strings.Contains(strings.ToLower(name), part) })
}

// places are settings and fields of INFO that say where on its host a server keeps its
// files: they explain no difference between two runs, and are nobody's business.
var places = []string{"dir", "config_file", "executable"}

// withoutSecrets returns n with the values of secrets and places replaced, if they are
// set.
func (n Node) withoutSecrets() Node {
	n.Config = hide(n.Config, func(name string) bool { return secret(name) || slices.Contains(places, name) })
	n.Info = hide(n.Info, func(name string) bool { return slices.Contains(places, name) })
	return n
}

func hide(of map[string]string, hidden func(name string) bool) map[string]string {
	shown := make(map[string]string, len(of))
	for name, value := range of {
		if value != "" && hidden(name) {
			value = "(hidden)"
		}
		shown[name] = value
	}
	return shown
}
