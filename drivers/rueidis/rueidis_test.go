package rueidis_test

import (
	"testing"

	"github.com/rlbench/rlbench/drivers/drivertest"
	"github.com/rlbench/rlbench/drivers/rueidis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func TestConformance(t *testing.T) { drivertest.RunEverywhere(t, rueidis.Driver{}) }

func BenchmarkConn(b *testing.B) {
	drivertest.Bench(b, rueidis.Driver{}, providertest.Redis(b))
}

func FuzzReplies(f *testing.F) { drivertest.Fuzz(f, rueidis.Driver{}) }
