package slidinglog_test

import (
	"testing"

	"github.com/rlbench/rlbench/algorithms/algotest"
	"github.com/rlbench/rlbench/algorithms/slidinglog"
	drivers "github.com/rlbench/rlbench/drivers/all"
)

func TestConformance(t *testing.T) { algotest.Run(t, slidinglog.Algorithm(), drivers.Drivers()) }

func BenchmarkTechniques(b *testing.B) {
	algotest.Benchmark(b, slidinglog.Algorithm(), drivers.Drivers())
}
