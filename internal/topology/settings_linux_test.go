package topology_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// heedReplicas: a primary that heeds its replicas takes writes as soon as Start
// returns, none while it does not hear from them, and some again afterwards.
func heedReplicas(t *testing.T, p provider.Provider, what topology.Topology) {
	t.Parallel()
	d, err := what.Start(t.Context(), p, topology.Settings{MinReplicas: topology.Replicas(what.Name())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Stop(context.Background()) })
	if err := write(t, d); err != nil {
		t.Fatalf("right after the start: %v", err)
	}
	heal := pauseReplicas(t, d)
	await(t, "a refusal", func() bool {
		err := write(t, d)
		return err != nil && strings.Contains(err.Error(), "NOREPLICAS")
	})
	heal()
	await(t, "a write", func() bool { return write(t, d) == nil })
}

// write sets a key on its primary.
func write(t *testing.T, d topology.Deployment) error {
	t.Helper()
	n, err := d.Primary(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	_, err = topology.Ask(t.Context(), n, "SET", "key", "value")
	return err
}

// pauseReplicas freezes all servers that are replicas.
func pauseReplicas(t *testing.T, d topology.Deployment) (heal func()) {
	t.Helper()
	var heals []provider.Heal
	for _, n := range d.Nodes() {
		r, err := topology.Ask(t.Context(), n, "ROLE")
		if err != nil {
			t.Fatal(err)
		}
		if r.Items[0].Text != "slave" {
			continue
		}
		heal, err := n.Node.(provider.Pauser).Pause(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		heals = append(heals, heal)
	}
	return func() {
		for _, heal := range heals {
			if err := heal(); err != nil {
				t.Error(err)
			}
		}
	}
}

func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !met() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
