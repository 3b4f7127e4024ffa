package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Settings are what the servers of a deployment do for the safety of what was written.
type Settings struct {
	// MinReplicas is how many replicas a primary must have heard from within the last
	// second, or it refuses writes by NOREPLICAS; 0: it never does. In a Cluster, a
	// primary that was promoted has no replica until the old one is back: its shard
	// takes no writes until then.
	MinReplicas int
	// Persistence is what a server keeps on disk, one of Persistences; empty for none.
	// What it kept is there again after a kill and a restart.
	Persistence string
	// Eviction is the maxmemory-policy of the servers, what they give up when their memory
	// is full; empty for their default, nothing. How much memory they have it leaves open.
	Eviction string
}

// NoPersistence: a server that is started again is empty.
const NoPersistence = "none"

// maxLag is the silence, in seconds, after which a replica does not count: the least
// that there is, as replicas speak once per second.
const maxLag = "1"

// persistence are the server arguments of each way to keep data. A snapshot is made a
// second after a write at the earliest; the log is written before the answer, and what
// it says of fsync is what a power cut would lose.
var persistence = []struct {
	name string
	args []string
}{
	{NoPersistence, nil},
	{"rdb", []string{"--save", "1 1"}},
	{"aof-everysec", []string{"--appendonly", "yes", "--appendfsync", "everysec"}},
	{"aof-always", []string{"--appendonly", "yes", "--appendfsync", "always"}},
}

// Persistences are the ways to keep data, the default first.
func Persistences() (names []string) {
	for _, p := range persistence {
		names = append(names, p.name)
	}
	return names
}

// Replicas is how many a primary of the topology of that name has when it is started.
func Replicas(name string) int {
	switch name {
	case Sentinel{}.Name():
		return servers - 1
	case Cluster{}.Name():
		return 1
	}
	return 0
}

// Check says in one sentence what is wrong with the settings on the topology of that
// name, or nil.
func (s Settings) Check(topology string) error {
	if s.Persistence != "" && !slices.Contains(Persistences(), s.Persistence) {
		return fmt.Errorf("there is no persistence %q: use %s", s.Persistence, strings.Join(Persistences(), ", "))
	}
	if s.MinReplicas < 0 {
		return fmt.Errorf("the least number of replicas must be 0 or more, got %d", s.MinReplicas)
	}
	if n := Replicas(topology); s.MinReplicas > n {
		return fmt.Errorf("with a minimum of %d replicas nobody could ever write, because a primary of %s has %d: lower it, or choose another topology",
			s.MinReplicas, topology, n)
	}
	return nil
}

// args are the arguments of a server that holds keys.
func (s Settings) args() (args []string) {
	for _, p := range persistence {
		if p.name == s.Persistence {
			args = append(args, p.args...)
		}
	}
	if s.Eviction != "" {
		args = append(args, "--maxmemory-policy", s.Eviction)
	}
	if s.MinReplicas > 0 {
		args = append(args, "--min-replicas-to-write", strconv.Itoa(s.MinReplicas), "--min-replicas-max-lag", maxLag)
	}
	return args
}
