package goredis_test

import (
	"testing"

	"github.com/rlbench/rlbench/drivers/drivertest"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func TestConformance(t *testing.T) {
	drivertest.Run(t, goredis.Driver{}, providertest.Redis(t))
}

func BenchmarkConn(b *testing.B) {
	drivertest.Bench(b, goredis.Driver{}, providertest.Redis(b))
}
