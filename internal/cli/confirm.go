package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/confirm"
	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/provider/virtual"
)

// replays is how often a counterexample is run on a server.
const replays = 100

// confirm runs on real servers what was found in the model, and notes it in the
// document. The first divergence ends everything.
func (p *Program) confirm(ctx context.Context, on string, s explore.Suite, d *evidence.Document) error {
	servers, err := confirmServers(ctx, on)
	if err != nil {
		return err
	}
	for _, server := range servers {
		t, err := p.confirmOn(ctx, server, s, d)
		if ctx.Err() != nil {
			return &exitError{ExitInterrupted, errors.New("interrupted while confirming: nothing is written")}
		}
		if err != nil {
			return err
		}
		c := evidence.Confirmed(t)
		if d.Confirmation == nil {
			d.Confirmation = &c
		} else {
			d.Confirmation.Also = append(d.Confirmation.Also, c)
		}
	}
	return nil
}

// confirmServers are the programs to confirm on: a path, an image, all that are present,
// or the first.
func confirmServers(ctx context.Context, on string) ([]virtual.Program, error) {
	if _, err := local.Reap(); err != nil { // of processes that were killed
		return nil, err
	}
	path := on
	if on == "all" {
		path = ""
	}
	present, err := virtual.Find(ctx, "")
	if err != nil && path == "" {
		return nil, err
	}
	if i := slices.IndexFunc(present, func(p virtual.Program) bool { return p.Image != "" && p.Image == on }); i >= 0 {
		return present[i : i+1], nil
	}
	if on == "all" {
		return slices.DeleteFunc(slices.Clone(present), func(p virtual.Program) bool { return p.Image != "" && has(present, p) }), nil
	}
	if path != "" {
		if present, err = virtual.Find(ctx, path); err != nil && strings.HasPrefix(path, "rlbench/") {
			return nil, usagef("--redis-server: there is no image %s here: make image builds some", path)
		} else if err != nil {
			return nil, usagef("--redis-server: %w", err)
		}
	}
	return present[:1], nil
}

// has says that one of the programs is installed in the version of an image: 7.0.15 is
// one of 7.0.
func has(present []virtual.Program, image virtual.Program) bool {
	return slices.ContainsFunc(present, func(p virtual.Program) bool {
		return p.Path != "" && p.Product == image.Product && strings.HasPrefix(p.Version, image.Version+".")
	})
}

// confirmOn confirms on one server. Without a virtual clock only the counterexamples are
// replayed, in real time.
func (p *Program) confirmOn(ctx context.Context, program virtual.Program, s explore.Suite, d *evidence.Document) (t confirm.Tally, err error) {
	target, stop, err := p.startTarget(ctx, program)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	t.Server = target.Version
	if target.SetClock != nil {
		count := newCount(p.Stderr, "subjects confirmed on "+target.Version)
		s.Progress = count.show
		err = t.Graphs(ctx, target, s)
		count.close()
		if err != nil {
			return t, err
		}
	}
	count := newCount(p.Stderr, "counterexamples replayed on "+target.Version)
	defer count.close()
	traces := d.Traces()
	for i, trace := range traces {
		if err := t.Counterexample(ctx, target, trace, replays); err != nil {
			return t, err
		}
		count.show(i+1, len(traces))
	}
	return t, nil
}

// startTarget starts a server under a virtual clock or, where there can be none, one
// whose time is the machine's, and says so.
func (p *Program) startTarget(ctx context.Context, program virtual.Program) (confirm.Target, func() error, error) {
	server, err := virtual.Start(ctx, program)
	if err == nil {
		return confirm.On(server), server.Close, nil
	}
	if program.Path == "" || !errors.Is(err, virtual.ErrNoCompiler) && !errors.Is(err, virtual.ErrNoClock) {
		return confirm.Target{}, nil, err
	}
	runner, why := local.New(ctx, program.Path, "to confirm on")
	if why != nil {
		return confirm.Target{}, nil, why
	}
	node, why := runner.Start(ctx, provider.Spec{Name: "confirm"})
	if why != nil {
		return confirm.Target{}, nil, why
	}
	fmt.Fprintf(p.Stderr, "rlbench: time is emulated by waiting, and the graphs are not confirmed: %v\n", err)
	stop := func() error { return node.Stop(context.WithoutCancel(ctx)) }
	return confirm.Target{Network: "tcp", Addr: node.Addr(), Version: program.Product + " " + program.Version}, stop, nil
}
