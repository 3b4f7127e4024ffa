// Package rlbench is the front door of the benchmark and correctness suite for
// Redis rate limiters. Main runs the command line with the built-in algorithms,
// drivers and scenarios, and with those that a program of another repository adds.
package rlbench

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/cli"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/provider/local/namespace"
	"github.com/rlbench/rlbench/internal/reap/watchdog"
	"github.com/rlbench/rlbench/scenarios"
)

// Plugins are what a program adds to the built-in lists.
type Plugins struct {
	// Algorithms are new ones, each with its contract and techniques.
	Algorithms []algorithms.Algorithm
	// Techniques are new ones of an algorithm that exists, by its name: "gcra".
	Techniques map[string][]algorithms.Technique
	// Drivers are new clients, behind which every technique is tried.
	Drivers []drivers.Driver
}

// Main runs the command line of the process and exits with its code. It must be the
// first statement of the program, which starts copies of itself.
func Main(more ...Plugins) {
	watchdog.Main()  // does not return if this process was started as the watchdog
	namespace.Main() // completes the network namespace that the program has moved to, if it has
	p := cli.Program{
		Algorithms: algorithmlist.Algorithms(),
		Drivers:    driverlist.Drivers(),
		Scenarios:  scenarios.All(),
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
	}
	if len(more) > 0 {
		p.Name = filepath.Base(os.Args[0])
	}
	for _, m := range more {
		if err := m.addTo(&p); err != nil {
			fmt.Fprintln(os.Stderr, "rlbench: this program registers wrongly: "+err.Error())
			os.Exit(cli.ExitUsage)
		}
	}
	engine.Main(p.Algorithms, p.Drivers) // does not return if this process was started as an instance
	os.Exit(p.Run(os.Args[1:]))
}

// addTo adds the plug-ins, after what is there, or says which of them is wrong.
func (m Plugins) addTo(p *cli.Program) error {
	p.Algorithms = append(p.Algorithms, m.Algorithms...)
	for _, name := range slices.Sorted(maps.Keys(m.Techniques)) {
		i := slices.IndexFunc(p.Algorithms, func(a algorithms.Algorithm) bool { return a.Name == name })
		if i < 0 {
			return fmt.Errorf("there is no algorithm %q to add a technique to", name)
		}
		a := &p.Algorithms[i]
		a.Techniques = append(slices.Clone(a.Techniques), m.Techniques[name]...)
	}
	p.Drivers = append(p.Drivers, m.Drivers...)
	return p.Validate()
}
