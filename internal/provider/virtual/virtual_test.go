package virtual

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/rlbench/rlbench/drivers/redigo"
)

func TestMain(m *testing.M) {
	if os.Getenv(parentVar) != "" {
		holdServer()
	}
	goleak.VerifyTestMain(m)
}

// everyProgram runs a test on each server that is present. A machine without one
// fails: ci/setup.sh installs it.
func everyProgram(t *testing.T, test func(t *testing.T, s *Server)) {
	programs, err := Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		t.Run(p.Product+" "+p.Version, func(t *testing.T) { test(t, start(t, p)) })
	}
}

// first is the server on PATH, or else one of an image.
func first(t *testing.T) Program {
	t.Helper()
	programs, err := Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return programs[0]
}

func start(t *testing.T, p Program) *Server {
	t.Helper()
	s, err := Start(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func dial(t *testing.T, s *Server) *redigo.Raw {
	t.Helper()
	c, err := redigo.DialRaw(context.Background(), "unix", s.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
