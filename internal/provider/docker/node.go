package docker

import (
	"context"
	"fmt"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/internal/provider"
)

// node is one container with its server.
type node struct {
	provider *Provider
	name     string
	network  string // the one in which this machine reaches it
	addr     string
	reached  string
	server   provider.Server
}

// Addr implements provider.Node.
func (n *node) Addr() string { return n.addr }

// Facts implements provider.Node.
func (n *node) Facts() map[string]string {
	return map[string]string{
		"provider":      "docker",
		"server":        n.server.Version,
		"image":         n.provider.image.name,
		"image_digest":  n.provider.image.digest,
		"reached_by":    n.reached,
		"docker_engine": n.provider.engine.Version,
	}
}

// Stop implements provider.Node. The server has nothing to save, so it is killed.
func (n *node) Stop(ctx context.Context) error {
	if err := n.provider.engine.remove(ctx, n.name); err != nil {
		return fmt.Errorf("stop container: %w", err)
	}
	return nil
}

// remove removes a container with its volumes. That it is gone, or that somebody
// else is removing it at this moment, is no error.
func (e *Engine) remove(ctx context.Context, id string) error {
	_, err := e.client.ContainerRemove(ctx, id, client.ContainerRemoveOptions{RemoveVolumes: true, Force: true})
	if cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) {
		return nil
	}
	return err
}
