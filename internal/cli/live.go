package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rlbench/rlbench/internal/live"
)

// metricsFlag is --metrics, and what serves there. Nothing of it is part of a result.
type metricsFlag struct {
	address  string
	listener *live.Listener // nil without the flag
	server   *live.Server   // nil until there is something to show
}

// listen takes the address before anything is started: that it cannot be had must not
// end a run. A dry run has nothing to show, and looks at the spelling alone.
func (m *metricsFlag) listen(ctx context.Context, f *runFlags) error {
	if !f.flags.Changed("metrics") {
		return nil
	}
	address, err := live.Resolve(m.address)
	if err == nil && !f.dryRun {
		m.listener, err = live.Listen(ctx, address)
	}
	if errors.Is(err, live.ErrAddress) {
		return usagef("--metrics: %w", err)
	}
	return err
}

// carry has the listener go along where this process is about to be replaced.
func (m *metricsFlag) carry() (stay func(), err error) {
	if m.listener == nil {
		return func() {}, nil
	}
	return m.listener.Carry()
}

// serve shows a run, and returns what is to be told of it; nil without the flag.
func (m *metricsFlag) serve(stderr io.Writer, planned, finished int) *live.View {
	if m.listener == nil {
		return nil
	}
	view := live.NewView(version(), planned, finished)
	m.server = live.Serve(m.listener, view)
	fmt.Fprintf(stderr, "rlbench: metrics at %s\n", m.listener.URL())
	if m.listener.Open() {
		fmt.Fprintln(stderr, "rlbench: they can be read by everybody who reaches this address; --metrics :PORT shows them to this machine alone")
	}
	return view
}

func (m *metricsFlag) close() {
	switch {
	case m.server != nil:
		m.server.Close()
	case m.listener != nil:
		_ = m.listener.Close()
	}
}
