package gate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// selecting are settings that choose what is run, not how.
var selecting = []string{"seed", "scenario", "topology", "algorithm", "technique", "driver", "client"}

// ofMachine are the conditions that time depends on, and the verdict does not.
var ofMachine = []string{"operating system", "kernel", "CPU", "cores"}

// Conditions compares what two runs depended on, as far as the cells that are judged
// do. wrong is what makes them two different measurements, such as another rate,
// another client setting or another server; unlike is what makes their times differ,
// such as another machine. The versions of rlbench, Go and the modules are neither: they
// are what a gate compares.
func Conditions(base, head *result.Environment, cells []result.Cell) (wrong, unlike string) {
	was, is := base.Conditions(), head.Conditions()
	both := func(keep func(string) bool) string {
		return result.Difference(common(was, is, keep), common(is, was, keep))
	}
	played := map[string]bool{}
	for i := range cells {
		played[cells[i].Played()] = true
		if wrong == "" {
			wrong = clients(base, head, &cells[i])
		}
	}
	if wrong == "" {
		wrong = both(func(name string) bool { return demands(name, played) })
	}
	return wrong, both(func(name string) bool {
		return slices.Contains(ofMachine, name) || strings.HasPrefix(name, "server ") && !configures(name)
	})
}

// common are the entries that both maps have and keep wants.
func common(m, other map[string]string, keep func(string) bool) map[string]string {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(name, _ string) bool { _, there := other[name]; return !there || !keep(name) })
	return m
}

// configures says that a condition is a setting or the version of a server.
func configures(name string) bool {
	return strings.Contains(name, " CONFIG ") || strings.HasSuffix(name, " redis_version") || strings.HasSuffix(name, " valkey_version")
}

// demands says that a condition must be equal: a setting of the run, of a scenario that
// was played, or of a server.
func demands(name string, played map[string]bool) bool {
	for _, prefix := range []string{"module ", "client "} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	if strings.HasPrefix(name, "server ") {
		return configures(name)
	}
	if i := strings.LastIndex(name, "."); i >= 0 {
		return played[name[:i]] && name[i:] != ".repeat"
	}
	return !slices.Contains(slices.Concat(selecting, ofMachine, []string{"rlbench", "Go"}), name)
}

// clients compares the settings that the client of a cell ran with.
func clients(base, head *result.Environment, c *result.Cell) string {
	name := c.Driver + "/" + c.Client
	of := func(e *result.Environment) map[string]string {
		options, known := e.Clients[name+" in "+c.Played()]
		if !known {
			options, known = e.Clients[name]
		}
		fields := map[string]any{}
		if text, err := json.Marshal(options); known && err == nil {
			_ = json.Unmarshal(text, &fields) // what was just written
		}
		out := map[string]string{}
		for field, value := range fields {
			out["client "+name+": "+field] = fmt.Sprint(value)
		}
		return out
	}
	was, is := of(base), of(head)
	all := func(string) bool { return true }
	return result.Difference(common(was, is, all), common(is, was, all))
}
