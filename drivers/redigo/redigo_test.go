package redigo_test

import (
	"testing"

	"github.com/rlbench/rlbench/drivers/drivertest"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func TestConformance(t *testing.T) {
	drivertest.Run(t, redigo.Driver{}, providertest.Redis(t))
}

func BenchmarkConn(b *testing.B) {
	drivertest.Bench(b, redigo.Driver{}, providertest.Redis(b))
}
