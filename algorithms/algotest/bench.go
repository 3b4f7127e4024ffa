package algotest

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// Benchmark measures a step of the model at the limit's own rate, and an admitted
// decision of every technique that is not kept as evidence, on every driver, one at a
// time on one key.
func Benchmark(b *testing.B, a algorithms.Algorithm, ds []drivers.Driver) {
	b.Run("model", func(b *testing.B) { benchmarkModel(b, a) })
	addr := providertest.Redis(b)
	for _, tech := range a.Techniques {
		if tech.Kept() {
			continue
		}
		for _, d := range ds {
			b.Run(tech.Name+"/"+d.Name(), func(b *testing.B) {
				benchmarkAllow(b, subject{a, tech, open(b, d, addr), algorithms.Env{Now: time.Now, ID: ids.next}})
			})
		}
	}
}

func benchmarkModel(b *testing.B, a algorithms.Algorithm) {
	m, at := a.Model(algorithms.NewLimit(100, time.Second)), epoch
	b.ReportAllocs()
	for b.Loop() {
		m, _ = m.Step(at, 1)
		at += 10_000
	}
}

func benchmarkAllow(b *testing.B, s subject) {
	// More than one connection can ask for, and few enough entries for a log.
	limiter, key := s.limiter(algorithms.NewLimit(100_000, time.Second)), ids.next()
	b.ReportAllocs()
	for b.Loop() {
		if d, err := limiter.Allow(b.Context(), key, 1); err != nil || !d.Allowed {
			b.Fatalf("%+v, %v", d, err)
		}
	}
}
