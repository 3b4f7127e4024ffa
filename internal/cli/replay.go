package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/confirm"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/internal/transcript"
)

func (p *Program) replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use: "replay TRACE", Short: "Run a counterexample again on a real redis-server",
		Long: "replay reads a trace that rlbench explore has written, checks that the subject still does what it says, and runs it\n" +
			"step by step on a redis-server of its own, whose clock follows the trace. Every reply and every key must be as recorded.",
		Example: "  rlbench replay results/evidence/traces/fixedwindow-naive/overshoot.json --times 1000",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("replay wants one trace: the file of a counterexample, such as results/evidence/traces/fixedwindow-naive/overshoot.json")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.replay(c.Context(), args[0], f) },
	}
	c.Flags().IntVar(&f.times, "times", replays, "how often")
	c.Flags().StringVar(&f.redisServer, "redis-server", "", "the server to start: a path, or an image of make image (default: the first that is present)")
	c.Flags().StringVar(&f.server, "server", "", "an empty server of your own instead, redis://host[:port]: its time is not the trace's")
	c.MarkFlagsMutuallyExclusive("redis-server", "server")
	return c
}

// replayFlags are the flags of `rlbench replay`.
type replayFlags struct {
	times               int
	redisServer, server string
}

func (p *Program) replay(ctx context.Context, path string, f replayFlags) error {
	if f.times < 1 {
		return usagef("--times must be at least 1, got %d", f.times)
	}
	trace, err := p.readTrace(path)
	if err != nil {
		return err
	}
	target, stop, err := p.replayTarget(ctx, f)
	if err != nil {
		return err
	}
	evidence, err := confirm.Replay(ctx, target, trace, f.times)
	err = errors.Join(err, stop())
	var refusal *confirm.Refusal
	switch {
	case ctx.Err() != nil:
		return &exitError{ExitInterrupted, errors.New("interrupted")}
	case errors.As(err, &refusal):
		return usagef("%w", err)
	case err != nil:
		return err
	}
	trace.ServerVersion, trace.TimeEmulated = evidence.ServerVersion, evidence.TimeEmulated
	if err := transcript.Text(p.Stdout, trace); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "\nreplayed %d of %d times on %s: every reply and every key was as recorded%s\n",
		evidence.Times, f.times, evidence.ServerVersion, emulated(evidence))
	return err
}

// replayTarget is the server to replay on, and how it is stopped.
func (p *Program) replayTarget(ctx context.Context, f replayFlags) (confirm.Target, func() error, error) {
	if f.redisServer == "all" {
		return confirm.Target{}, nil, usagef("--redis-server all: a trace is replayed on one server: name it")
	}
	if f.server == "" {
		servers, err := confirmServers(ctx, f.redisServer)
		if err != nil {
			return confirm.Target{}, nil, err
		}
		return p.startTarget(ctx, servers[0])
	}
	a, err := given.Parse(f.server)
	switch at := a.At; {
	case err != nil:
		return confirm.Target{}, nil, usagef("%w", err)
	case at.Mode != drivers.Standalone || a.TLS != nil || at.DB != 0 || at.Username+at.Password != "":
		return confirm.Target{}, nil, usagef("--server %s: a trace is replayed on one server without TLS, user or password, in database 0: write redis://host:port", a)
	}
	t, err := confirm.Given(ctx, a.At.Addrs[0])
	switch {
	case errors.Is(err, confirm.ErrNotEmpty):
		return t, nil, usagef("--server %s: %w", a, err)
	case err != nil:
		return t, nil, advise(err)
	}
	fmt.Fprintf(p.Stderr, "rlbench: time is emulated by waiting: the clock of %s is its own\n", a)
	return t, func() error { return nil }, nil
}

func emulated(e confirm.Evidence) string {
	if e.TimeEmulated {
		return "; time was emulated by waiting, and what depends on it was not compared"
	}
	return ""
}

// readTrace reads a trace and checks that it is what its subject does today.
func (p *Program) readTrace(path string) (transcript.Trace, error) {
	file, err := os.Open(path)
	if err != nil {
		return transcript.Trace{}, usagef("open trace: %w", err)
	}
	defer file.Close()
	trace, err := transcript.Read(file)
	if err != nil {
		return transcript.Trace{}, usagef("read %s: %w", path, err)
	}
	subject, err := p.subjectNamed(trace.Subject)
	if err == nil {
		err = explore.VerifyBroken(subject, trace)
	}
	if err != nil {
		return transcript.Trace{}, usagef("%s: %w: it was edited, or made by another version", path, err)
	}
	return trace, nil
}

// subjectNamed finds the subject of a trace.
func (p *Program) subjectNamed(name string) (explore.Subject, error) {
	var valid []string
	for _, a := range p.Algorithms {
		for _, t := range a.Techniques {
			if valid = append(valid, a.Name+"/"+t.Name); valid[len(valid)-1] == name {
				return explore.Limiter(a, t)
			}
		}
	}
	for _, q := range patterns.All() {
		if valid = append(valid, q.Pattern+"/"+q.Name); valid[len(valid)-1] == name {
			return explore.Pattern(q), nil
		}
	}
	return explore.Subject{}, unknown("subject", name, valid)
}
