package result

import "github.com/rlbench/rlbench/drivers"

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
	// name of its flag or of the scenario and its field ("concurrent.rate").
	Command []string          `json:"command"`
	Config  map[string]string `json:"config"`
	// Version is rlbench's, Go the toolchain's, Modules those of every dependency by
	// module path.
	Version string            `json:"version"`
	Go      string            `json:"go"`
	Modules map[string]string `json:"modules"`
	Machine Machine           `json:"machine"`
	// Clients are the settings that each client really ran with, by driver/client:
	// "goredis/bounded".
	Clients map[string]drivers.Options `json:"clients"`
	// Nodes are the servers by name: "redis-1".
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

// secrets are the settings of a server that must not become public evidence.
var secrets = []string{"requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass"}

// withoutSecrets returns n with the values of secrets replaced, if they are set.
func (n Node) withoutSecrets() Node {
	config := make(map[string]string, len(n.Config))
	for name, value := range n.Config {
		config[name] = value
	}
	for _, name := range secrets {
		if config[name] != "" {
			config[name] = "(hidden)"
		}
	}
	n.Config = config
	return n
}
