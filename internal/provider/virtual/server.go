package virtual

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/local"
)

const socketName = "socket"

// Server is a running server whose clock stands still until it is set.
type Server struct {
	program Program
	version string
	dir     string
	handle  *os.File // of dir
	clock   *clock
	cmd     *exec.Cmd
	exited  <-chan struct{}
}

// Socket is the path of the server's socket, for this process alone. It leads through
// the open directory: that of a server is named by its owner, which would leave too
// little of the 107 bytes that the kernel allows.
func (s *Server) Socket() string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", s.handle.Fd(), socketName)
}

// Version is what the server says it is: "redis 7.0.15".
func (s *Server) Version() string { return s.version }

// SetClock sets the server's wall clock. It holds for every command that the server
// has not yet begun: one that is to run at the time before must have been answered. A
// clock that is set back does not bring back keys that a command has met dead.
func (s *Server) SetClock(at algorithms.Instant) { s.clock.set(at) }

// Close kills the server and removes all it had.
func (s *Server) Close() error {
	var errs []error
	if s.exited != nil {
		errs = append(errs, local.End(s.cmd, s.exited))
	}
	if s.clock != nil {
		errs = append(errs, s.clock.close())
		s.clock = nil
	}
	if s.handle != nil {
		_ = s.handle.Close() // it was only read; a second Close has nothing to do
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// tame switches off what the server does by itself, and makes sure of the clock.
func (s *Server) tame(ctx context.Context) error {
	c, err := redigo.DialRaw(ctx, "unix", s.Socket())
	if err != nil {
		return err
	}
	defer c.Close()
	// A key whose deadline has passed is to go when a command meets it, not when a
	// cycle of the server happens to find it.
	if _, err := c.Do("DEBUG", "SET-ACTIVE-EXPIRE", "0"); err != nil {
		return fmt.Errorf("switch off the expiry cycle: %w", err)
	}
	for _, at := range []algorithms.Instant{Dawn + 1_234_567, Dawn} {
		s.SetClock(at)
		if err := showsTime(c, at); err != nil {
			return err
		}
	}
	return nil
}

// showsTime asks the server for its time.
func showsTime(c *redigo.Raw, want algorithms.Instant) error {
	reply, err := c.Do("TIME")
	if err != nil {
		return err
	}
	got, err := algorithms.TimeOf(reply)
	if err != nil {
		return err
	}
	if got != want {
		return noClock(fmt.Sprintf("the server's TIME is %d where it was set to %d", got, want), "use another build of the server")
	}
	return nil
}
