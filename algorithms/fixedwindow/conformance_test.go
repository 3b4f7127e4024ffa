package fixedwindow_test

import (
	"testing"

	"github.com/rlbench/rlbench/algorithms/algotest"
	"github.com/rlbench/rlbench/algorithms/fixedwindow"
	drivers "github.com/rlbench/rlbench/drivers/all"
)

func TestConformance(t *testing.T) { algotest.Run(t, fixedwindow.Algorithm(), drivers.Drivers()) }

func BenchmarkTechniques(b *testing.B) {
	algotest.Benchmark(b, fixedwindow.Algorithm(), drivers.Drivers())
}
