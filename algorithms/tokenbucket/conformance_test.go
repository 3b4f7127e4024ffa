package tokenbucket_test

import (
	"testing"

	"github.com/rlbench/rlbench/algorithms/algotest"
	"github.com/rlbench/rlbench/algorithms/tokenbucket"
	drivers "github.com/rlbench/rlbench/drivers/all"
)

func TestConformance(t *testing.T) { algotest.Run(t, tokenbucket.Algorithm(), drivers.Drivers()) }

func BenchmarkTechniques(b *testing.B) {
	algotest.Benchmark(b, tokenbucket.Algorithm(), drivers.Drivers())
}
