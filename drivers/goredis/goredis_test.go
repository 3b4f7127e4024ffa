package goredis_test

import (
	"testing"

	"github.com/rlbench/rlbench/drivers/drivertest"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func TestConformance(t *testing.T) { drivertest.RunEverywhere(t, goredis.Driver{}) }

func BenchmarkConn(b *testing.B) {
	drivertest.Bench(b, goredis.Driver{}, providertest.Redis(b))
}

func FuzzReplies(f *testing.F) { drivertest.Fuzz(f, goredis.Driver{}) }
