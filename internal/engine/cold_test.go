package engine

import (
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/scenarios"
)

func ended(h *history.History, as algorithms.Outcome) (n int) {
	for _, op := range h.Ops {
		if op.Outcome == as {
			n++
		}
	}
	return n
}

// A trial that begins cold has its client connect in the load, where it is counted: one
// connection, by the client's count and by the server's.
func TestAColdTrialCountsTheFirstConnect(t *testing.T) {
	b := bench(t)
	for _, d := range driverlist.Drivers() {
		for technique, sound := range map[string]bool{"single-flight": true, "check-then-connect": false} {
			h, err := b.Trial(t.Context(), cellOf(t, scenarios.ConnectStorm(), "connect", technique, d.Name()))
			if err != nil {
				t.Fatalf("%s: %v", d.Name(), err)
			}
			if c := h.Trial.Client; c.Opened != 1 || c.Connections != 1 || h.Trial.Server.Accepted != 1 {
				t.Errorf("%s behind %s: %d connections opened, %d held, %d accepted by the server; want one", technique, d.Name(), c.Opened, c.Connections, h.Trial.Server.Accepted)
			}
			fell, odd := ended(h, algorithms.Failed), ended(h, algorithms.Unknown)
			if sound && fell > 0 || !sound && fell == 0 || odd > 0 || len(h.Ops) != int(h.Trial.Load.Scheduled) {
				t.Errorf("%s behind %s: of %d requests %d fell back, %d ended unknown", technique, d.Name(), len(h.Ops), fell, odd)
			}
			if a := h.Trial.Audit; a == nil || a.Keys != 1 || a.WithoutTTL != 0 {
				t.Errorf("%s behind %s: audit %+v, want one key with a time to live", technique, d.Name(), a)
			}
		}
	}
}

// Without a pool every decision opens a connection; with one most find one open.
func TestConnectionsOpenedPerDecision(t *testing.T) {
	b := bench(t)
	s := short()
	s.Rate = 200
	for client, pooled := range map[string]bool{"bounded": true, "unpooled": false} {
		cell := cellOf(t, s, "fixedwindow", "lua", "redigo")
		cell.Subject.Client, cell.Client = client, client
		h, err := b.Trial(t.Context(), cell)
		if err != nil {
			t.Fatal(err)
		}
		sent, opened := int64(len(h.Ops)-ended(h, algorithms.Failed)), h.Trial.Client.Opened
		if pooled && 2*opened > sent || !pooled && opened < sent || sent == 0 {
			t.Errorf("%s: %d connections opened for %d decisions", client, opened, sent)
		}
	}
}
