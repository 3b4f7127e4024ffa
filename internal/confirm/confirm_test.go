package confirm

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/provider/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// servers starts one server of every version that is present, until the test ends. A
// machine without one fails: ci/setup.sh installs it.
func servers(t testing.TB) []Target {
	t.Helper()
	programs, err := virtual.Find(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	var targets []Target
	for _, p := range programs {
		targets = append(targets, serve(t, p))
	}
	return targets
}

// server is one server.
func server(t testing.TB) Target {
	t.Helper()
	programs, err := virtual.Find(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, programs[0])
}

func serve(t testing.TB, p virtual.Program) Target {
	t.Helper()
	s, err := virtual.Start(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("on %s: %s", s.Version(), p)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return On(s)
}

func command(words ...string) modelredis.Request {
	return modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{words}}
}

func transaction(commands ...drivers.Command) modelredis.Request {
	return modelredis.Request{Kind: modelredis.Transaction, Commands: commands}
}
