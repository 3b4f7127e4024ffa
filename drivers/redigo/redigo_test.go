package redigo_test

import (
	"testing"

	"github.com/rlbench/rlbench/drivers/drivertest"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func TestConformance(t *testing.T) { drivertest.RunEverywhere(t, redigo.Driver{}) }

func BenchmarkConn(b *testing.B) {
	drivertest.Bench(b, redigo.Driver{}, providertest.Redis(b))
}

func FuzzReplies(f *testing.F) { drivertest.Fuzz(f, redigo.Driver{}) }
