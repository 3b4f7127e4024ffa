package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/provider/local"
)

// build is a program that may be an rlbench: base or head of a comparison.
type build struct {
	side string // base, head
	path string
}

// newBuild refuses what cannot be started at all.
func newBuild(side, path string) (build, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return build{}, usagef("%s: %w: name a build of rlbench", side, err)
	case info.IsDir():
		return build{}, usagef("%s: %s is a folder: name a build of rlbench", side, path)
	case info.Mode()&0o111 == 0:
		return build{}, usagef("%s: %s is not executable: name a build of rlbench, or chmod +x it", side, path)
	}
	abs, err := filepath.Abs(path) // a bare name must not be looked up on PATH
	return build{side, abs}, err
}

const (
	// planWithin bounds a dry run, which takes milliseconds: what is no rlbench may never
	// end.
	planWithin = time.Minute
	// planMost is more than the plan of any comparison.
	planMost = 1 << 20
	// endWithin is how long a build may take to end once it is interrupted.
	endWithin = 20 * time.Second
)

// plan asks the build what it would play.
func (b build) plan(ctx context.Context, args []string) (plan, error) {
	within, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	out := &bounded{left: planMost}
	err := b.start(within, out, append([]string{"run", "--dry-run"}, args...))
	if ctx.Err() != nil {
		return plan{}, err
	}
	var exit *exitError
	if errors.As(err, &exit) && exit.code == ExitUsage {
		return plan{}, err
	}
	if p, parsed := parsePlan(out.text.String()); err == nil && parsed == nil {
		return p, nil
	}
	return plan{}, usagef("%s: %s is no build of rlbench: it does not answer run --dry-run with a plan", b.side, b.path)
}

// run plays cells into a folder.
func (b build) run(ctx context.Context, args []string) error {
	return b.judged(ctx, append([]string{"run"}, args...))
}

// judged runs a command whose verdicts are not its business: whatever they are, the error
// is nil.
func (b build) judged(ctx context.Context, args []string) error {
	err := b.start(ctx, io.Discard, args)
	var exit *exitError
	if errors.As(err, &exit) && (exit.code == ExitUnexpected || exit.code == ExitInconclusive) {
		return nil
	}
	return err
}

// start runs the program to its end, and no longer than this process lives. The error
// quotes the last line that it wrote to stderr and has its exit code. If ctx ends the
// program is interrupted, and killed if it does not heed that.
func (b build) start(ctx context.Context, stdout io.Writer, args []string) error {
	last := &lastLine{}
	c := exec.CommandContext(ctx, b.path, args...)
	c.Env = append(os.Environ(), "CI=1") // lines, not a bar
	c.Stdout, c.Stderr = stdout, last
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = endWithin
	exited, err := local.Run(c)
	if err != nil {
		return usagef("%s: %s cannot be started: %w", b.side, b.path, err)
	}
	<-exited
	switch code := c.ProcessState.ExitCode(); {
	case ctx.Err() != nil:
		return &exitError{ExitInterrupted, errors.New("interrupted")}
	case code == ExitOK:
		return nil
	case code == ExitUsage && last.ours():
		return usagef("%s: %s", b.side, last)
	case code == ExitUsage: // of another program, or a panic
		return fmt.Errorf("%s: %s ended with exit code %d: %s", b.side, b.path, code, last)
	case code < 0:
		return fmt.Errorf("%s: %s was ended by a %s: %s", b.side, b.path, c.ProcessState, last)
	default:
		return &exitError{code, fmt.Errorf("%s: %s ended with exit code %d: %s", b.side, b.path, code, last)}
	}
}

// bounded keeps the beginning of what is written to it. Its buffer is a field: embedded,
// it would read without a bound.
type bounded struct {
	text bytes.Buffer
	left int
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	n := min(b.left, len(p))
	b.left -= n
	if n < len(p) {
		return n, errors.New("too long")
	}
	return b.text.Write(p)
}

// lastLine keeps the last line that is not blank.
type lastLine struct{ tail []byte }

// longestLine bounds what is quoted of a program's stderr.
const longestLine = 2000

// Write implements io.Writer.
func (l *lastLine) Write(p []byte) (int, error) {
	l.tail = append(l.tail, p...)
	l.tail = slices.Clone(l.tail[max(0, len(l.tail)-longestLine):])
	return len(p), nil
}

func (l *lastLine) line() string {
	text := strings.TrimSpace(string(l.tail))
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}

// ours says that the line begins as every error of an rlbench does.
func (l *lastLine) ours() bool { return strings.HasPrefix(l.line(), errorPrefix) }

// String is the line without the name that every one of ours begins with.
func (l *lastLine) String() string {
	return cmp.Or(strings.TrimPrefix(l.line(), errorPrefix), "it said nothing")
}
