package result

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// ofInstance are the settings of a server that differ between two starts of the same
// one.
var ofInstance = []string{
	"port", "dir", "bind", "bind-source-addr", "replicaof", "slaveof",
	"replica-announce-ip", "replica-announce-port", "slave-announce-ip", "slave-announce-port",
	"cluster-announce-ip", "cluster-announce-port", "cluster-announce-bus-port",
}

// ofVersion are the fields of INFO that tell one build of a server from another.
var ofVersion = []string{"redis_version", "valkey_version", "redis_build_id"}

// Conditions are what must be equal for the cells of two environments to be
// comparable, as name and value: versions, machine, settings, clients and servers.
// What differs whenever a server starts, such as its port, is not among them.
func (e *Environment) Conditions() map[string]string {
	c := map[string]string{
		"rlbench": e.Version, "Go": e.Go, "operating system": e.Machine.OS, "kernel": e.Machine.Kernel,
		"CPU": e.Machine.CPU, "cores": fmt.Sprint(e.Machine.Cores),
	}
	add := func(prefix string, values map[string]string) {
		for name, value := range values {
			c[prefix+name] = value
		}
	}
	add("module ", e.Modules)
	add("", e.Config)
	delete(c, "server.about") // it also says why the server was chosen
	if c["server"] == "given" {
		c["server"] = "one at an address"
	}
	for name, options := range e.Clients {
		text, _ := json.Marshal(options) // numbers and texts: never fails
		c["client "+name] = string(text)
	}
	for name, n := range e.Nodes {
		name = "server " + name
		add(name+" ", n.Facts)
		add(name+" CONFIG ", n.withoutSecrets().Config)
		for _, field := range ofVersion {
			c[name+" "+field] = n.Info[field]
		}
		for _, field := range ofInstance {
			delete(c, name+" CONFIG "+field)
		}
	}
	return c
}

// Difference names the first of the conditions or settings, in alphabetical order,
// in which two maps differ: "kernel was 6.1 and is 6.2". It is empty if none does.
func Difference(was, is map[string]string) string {
	all := maps.Clone(was)
	maps.Copy(all, is)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		before, known := was[name]
		now, there := is[name]
		if before != now || known != there {
			return fmt.Sprintf("%s was %s and is %s", name, spell(before, known), spell(now, there))
		}
	}
	return ""
}

func spell(value string, there bool) string {
	switch {
	case !there:
		return "absent"
	case value == "":
		return "empty"
	}
	return value
}
