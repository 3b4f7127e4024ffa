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

// keep: what a server has written to its disk is there again after a kill, and only
// with persistence.
func keep(t *testing.T, p provider.Provider, persistence string) {
	t.Parallel()
	d, err := topology.Standalone{}.Start(t.Context(), p, topology.Settings{Persistence: persistence})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Stop(context.Background()) })
	want := "value"
	if persistence == topology.NoPersistence {
		want = ""
	}
	if got := afterKill(t, d, persistence); got != want {
		t.Errorf("after a kill the key holds %q, want %q", got, want)
	}
}

// afterKill returns what a key holds that was written before a kill.
func afterKill(t *testing.T, d topology.Deployment, persistence string) string {
	t.Helper()
	if err := write(t, d); err != nil {
		t.Fatal(err)
	}
	n := d.Nodes()[0]
	if persistence == "rdb" {
		await(t, "a snapshot", func() bool {
			r, err := topology.Ask(t.Context(), n, "INFO", "persistence")
			f := provider.InfoFields(r.Text)
			return err == nil && f["rdb_changes_since_last_save"] == "0" && f["rdb_bgsave_in_progress"] == "0"
		})
	}
	heal, err := n.Node.(provider.Killer).Kill(t.Context())
	if err == nil {
		err = heal()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := topology.Ask(t.Context(), n, "GET", "key")
	if err != nil {
		t.Fatal(err)
	}
	return r.Text
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
