package gcra_test

import (
	"testing"

	"github.com/rlbench/rlbench/algorithms/algotest"
	"github.com/rlbench/rlbench/algorithms/gcra"
	drivers "github.com/rlbench/rlbench/drivers/all"
)

func TestConformance(t *testing.T) { algotest.Run(t, gcra.Algorithm(), drivers.Drivers()) }

func BenchmarkTechniques(b *testing.B) { algotest.Benchmark(b, gcra.Algorithm(), drivers.Drivers()) }
