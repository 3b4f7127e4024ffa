package topologytest

import (
	"context"
	"testing"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// keep: what a server has written to its disk is there again after a kill, and only
// with persistence.
func keep(t *testing.T, with provider.Provider) {
	t.Parallel()
	for _, persistence := range topology.Persistences() {
		t.Run(persistence, func(t *testing.T) {
			t.Parallel()
			started, err := topology.Standalone{}.Start(t.Context(), with, topology.Settings{Persistence: persistence})
			if err != nil {
				t.Fatal(err)
			}
			d := deployment{started}
			t.Cleanup(func() { _ = d.Stop(context.Background()) })
			want := "kept"
			if persistence == topology.NoPersistence {
				want = ""
			}
			if got := d.afterKill(t, persistence); got != want {
				t.Errorf("after a kill the key holds %q, want %q", got, want)
			}
		})
	}
}

// afterKill returns what a key holds that was written before a kill.
func (d deployment) afterKill(t *testing.T, persistence string) string {
	t.Helper()
	n := d.primary(t)
	ask(t, n, "SET", key, "kept")
	if persistence == "rdb" {
		await(t, "a snapshot", func() bool {
			f := provider.InfoFields(ask(t, n, "INFO", "persistence").Text)
			return f["rdb_changes_since_last_save"] == "0" && f["rdb_bgsave_in_progress"] == "0"
		})
	}
	heal, err := n.Node.(provider.Killer).Kill(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mend(t, heal)
	return ask(t, n, "GET", key).Text
}
