// Package all lists the algorithms in the order of charts and tables. An
// explicit list, unlike registration by import, is ordered and has no effects.
package all

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/connect"
	"github.com/rlbench/rlbench/algorithms/control"
	"github.com/rlbench/rlbench/algorithms/fixedwindow"
	"github.com/rlbench/rlbench/algorithms/gcra"
	"github.com/rlbench/rlbench/algorithms/slidinglog"
	"github.com/rlbench/rlbench/algorithms/tokenbucket"
)

// Algorithms returns every algorithm, the controls last.
func Algorithms() []algorithms.Algorithm {
	return []algorithms.Algorithm{
		fixedwindow.Algorithm(),
		slidinglog.Algorithm(),
		tokenbucket.Algorithm(),
		gcra.Algorithm(),
		control.Algorithm(),
		control.InProcess(tokenbucket.Algorithm()),
		connect.Algorithm(gcra.Algorithm()),
	}
}
