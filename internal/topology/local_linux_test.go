package topology_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/provider/owner"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/internal/topology/topologytest"
)

// The suite on local processes, in the network namespace that TestMain
// has entered: without one the tests fail, and say what is missing.
func TestLocal(t *testing.T) {
	p, err := local.New(t.Context(), "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("suite", func(t *testing.T) {
		topologytest.Run(t, p)
		t.Run("sentinel heeds replicas", func(t *testing.T) { heedReplicas(t, p, topology.Sentinel{}) })
		t.Run("cluster heeds replicas", func(t *testing.T) { heedReplicas(t, p, topology.Cluster{}) })
		for _, persistence := range topology.Persistences() {
			t.Run("persistence "+persistence, func(t *testing.T) { keep(t, p, persistence) })
		}
	})
	self, err := owner.Self()
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*"+self.String()+"*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
