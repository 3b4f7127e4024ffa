// Package watchdog cleans up after a run that was killed. It is a second process
// of the same program that holds one end of a pipe: the kernel closes the other
// end when the run dies, in whatever way. What is removed, and how, is in package
// reap.
package watchdog

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/rlbench/rlbench/internal/provider/owner"
	"github.com/rlbench/rlbench/internal/reap"
)

// name is the first word of the watchdog's command line, by which the program
// knows its role. An environment variable would be inherited by other processes.
const name = "rlbench-watchdog"

// farewell is what an owner that cleans up after itself sends.
const farewell = 'q'

const (
	// lifetime bounds how long a watchdog outlives its owner.
	lifetime = 15 * time.Second
	// quiet is how long nothing must have been found before the watchdog ends: a
	// Docker Engine may still be making a container that its owner asked for.
	quiet = 2 * time.Second
	// pause lies between two looks.
	pause = 100 * time.Millisecond
)

// Start starts the watchdog of this process. stop ends it, a millisecond's work;
// the caller has removed what it made by then, or left it to the watchdog on
// purpose by not calling stop.
func Start() (stop func(), err error) {
	self, err := owner.Self()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	cmd := command(program, self, r)
	err = cmd.Start()
	_ = r.Close() // the watchdog's end; this process must not keep it
	if err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	return func() {
		_, _ = w.Write([]byte{farewell})
		_ = w.Close()
		_ = cmd.Wait()
	}, nil
}

// command is the watchdog in a session of its own, where neither a terminal's
// Ctrl-C nor its hang-up reaches it. Its output goes nowhere: nobody waits for it.
func command(program string, self owner.Owner, stdin *os.File) *exec.Cmd {
	return &exec.Cmd{
		Path:        program,
		Args:        []string{name, self.String()},
		Dir:         "/",
		Stdin:       stdin,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
}

// Main returns at once unless this process was started as a watchdog; then it
// does that work and does not return. It must be the first statement of every
// main function and TestMain of a program that calls Start.
func Main() {
	if len(os.Args) != 2 || os.Args[0] != name {
		return
	}
	o, err := owner.Parse(os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	if !dismissed(os.Stdin) {
		cleanUp(o)
	}
	os.Exit(0)
}

// dismissed waits for the owner and reports whether it said farewell.
func dismissed(stdin io.Reader) bool {
	b := make([]byte, 1)
	n, _ := io.ReadFull(stdin, b)
	return n == 1 && b[0] == farewell
}

// cleanUp waits for the owner's end, which follows that of the pipe within
// milliseconds, and removes what it left. A failed attempt is repeated: what
// remains at the end is left to the next start.
func cleanUp(o owner.Owner) {
	ctx, cancel := context.WithTimeout(context.Background(), lifetime)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	lastFound := time.Now()
	for time.Since(lastFound) < quiet {
		if !o.Dead() {
			lastFound = time.Now()
		} else if removed, err := reap.Reap(ctx); err != nil || removed.Count() > 0 {
			lastFound = time.Now()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
