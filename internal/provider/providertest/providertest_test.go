package providertest

import (
	"context"
	"testing"

	"github.com/rlbench/rlbench/internal/provider"
)

func TestRedis(t *testing.T) {
	var addr string
	t.Run("answers while the test runs", func(t *testing.T) {
		addr = Redis(t)
		if _, err := provider.Identify(context.Background(), addr); err != nil {
			t.Fatal(err)
		}
	})
	if s, err := provider.Identify(context.Background(), addr); err == nil {
		t.Fatalf("%s still answers after the test: %+v", addr, s)
	}
}
