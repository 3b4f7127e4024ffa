package docker

import (
	"testing"

	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/internal/topology/topologytest"
)

func TestTopologies(t *testing.T) {
	p := engineProvider(t)
	t.Run("suite", func(t *testing.T) { topologytest.Run(t, p) })
	if left := p.containers(t); len(left) > 0 {
		t.Errorf("containers left behind: %v", left)
	}
	networks, err := p.engine.client.NetworkList(t.Context(), client.NetworkListOptions{
		Filters: ours().Add("label", LabelOwner+"="+p.labels[LabelOwner]),
	})
	if err != nil || len(networks.Items) > 0 {
		t.Errorf("networks left behind: %v, %v", networks.Items, err)
	}
}
