package virtual

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/provider/docker"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// Dawn is what the clock of a server shows after its start: 14 November 2023,
// 22:13:20 UTC. It is not a multiple of a second, so that a server whose microseconds
// do not follow is noticed.
const Dawn algorithms.Instant = 1_700_000_000_000_123

// Start starts a server and returns when it answers and its clock is seen to follow.
// On error nothing is left behind. errors.Is tells ErrNoCompiler and ErrNoClock apart.
func Start(ctx context.Context, p Program) (*Server, error) {
	if runtime.GOOS != "linux" {
		return nil, noClock("this system is "+runtime.GOOS, "use Linux, or have time emulated by waiting")
	}
	dir, err := local.MakeDir()
	if err != nil {
		return nil, err
	}
	s := &Server{program: p, dir: dir}
	if err := s.start(ctx); err != nil {
		return nil, fmt.Errorf("start %v: %w", p, errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) (err error) {
	if s.handle, err = os.Open(s.dir); err != nil {
		return err
	}
	if err := compile(ctx, s.dir); err != nil {
		return err
	}
	if s.clock, err = newClock(s.dir, Dawn); err != nil {
		return err
	}
	line, err := s.commandLine(ctx)
	if err != nil {
		return err
	}
	if err := s.launch(line); err != nil {
		return err
	}
	answered, err := local.Settle(ctx, s.dir, s.Socket(), s.cmd, s.exited)
	if err != nil {
		return err
	}
	s.version = answered.Version
	return s.tame(ctx)
}

// commandLine is the server's program, from the directory of the server.
func (s *Server) commandLine(ctx context.Context) ([]string, error) {
	if s.program.Image == "" {
		path, err := filepath.EvalSymlinks(s.program.Path)
		if err != nil {
			return nil, fmt.Errorf("find server: %w", err)
		}
		_, err = linked(path)
		return []string{s.program.Path}, err
	}
	tree := filepath.Join(s.dir, treeName)
	if err := os.Mkdir(tree, 0o700); err != nil {
		return nil, fmt.Errorf("make directory for image: %w", err)
	}
	e, err := docker.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	if err := e.Extract(ctx, s.program.Image, tree); err != nil {
		return nil, err
	}
	return fromTree(s.dir)
}

// arguments: no port, nothing on disk, and as little as possible that happens by
// itself. The server is in its own directory, so that the name of its socket is short. The
// allocator's thread would wait by the wall clock, which stands still: it would never sleep.
var arguments = []string{
	"--port", "0", "--unixsocket", socketName, "--unixsocketperm", "700",
	"--save", "", "--appendonly", "no", "--hz", "1", "--slowlog-log-slower-than", "-1",
	"--enable-debug-command", "local", "--jemalloc-bg-thread", "no",
}

func (s *Server) launch(line []string) (err error) {
	line = append(line, arguments...)
	s.cmd = exec.Command(line[0], line[1:]...)
	s.cmd.Dir = s.dir
	s.cmd.Env = append(os.Environ(), "LD_PRELOAD=./"+libraryName, "RLBENCH_CLOCK="+clockName)
	s.exited, err = local.Launch(s.dir, s.cmd)
	return err
}
