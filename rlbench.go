// Package rlbench is the front door of the benchmark and correctness suite for
// Redis rate limiters: Main runs the command line with the built-in algorithms,
// drivers and scenarios.
package rlbench

import (
	"os"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/cli"
	"github.com/rlbench/rlbench/internal/reap/watchdog"
	"github.com/rlbench/rlbench/scenarios"
)

// Main runs the command line of the process and exits with its code.
func Main() {
	watchdog.Main() // does not return if this process was started as the watchdog
	p := cli.Program{
		Algorithms: algorithmlist.Algorithms(),
		Drivers:    driverlist.Drivers(),
		Scenarios:  scenarios.All(),
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
	}
	os.Exit(p.Run(os.Args[1:]))
}
