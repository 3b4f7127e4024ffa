package rueidis_test

import (
	"testing"

	"github.com/rlbench/rlbench/drivers/drivertest"
	"github.com/rlbench/rlbench/drivers/rueidis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func TestConformance(t *testing.T) {
	drivertest.Run(t, rueidis.Driver{}, providertest.Redis(t))
}

func BenchmarkConn(b *testing.B) {
	drivertest.Bench(b, rueidis.Driver{}, providertest.Redis(b))
}
