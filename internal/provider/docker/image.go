package docker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/internal/provider"
)

// Official is the image that is used when no other is asked for.
const Official = "redis:8.0"

// Built are the images that ci/image/build.sh makes of Redis, in the order in
// which they replace the official one.
var Built = []string{"rlbench/redis:8.0", "rlbench/redis:7.0"}

const (
	// registryWithin bounds the question whether the registry has an image: a
	// network that swallows packets must not hold up a run.
	registryWithin = 3 * time.Second
	// pullWithin bounds a pull from a registry that has answered.
	pullWithin = 2 * time.Minute
)

// image is present in the engine.
type image struct {
	name   string
	digest string // sha256 of the registry's manifest, or of a built image's configuration
	note   string // why this one stands in for the official one; empty if it does not
}

// obtain makes sure that an image is present. An empty name asks for the
// official one, or for one that was built here where no registry can be reached.
func (e *Engine) obtain(ctx context.Context, name string) (image, error) {
	if name != "" {
		return e.get(ctx, name)
	}
	img, err := e.get(ctx, Official)
	if err == nil || ctx.Err() != nil {
		return img, err
	}
	for _, name := range Built {
		if img, berr := e.inspect(ctx, name); berr == nil {
			img.note = Official + " cannot be pulled"
			return img, nil
		}
	}
	return image{}, err
}

// get returns a present image, or pulls it.
func (e *Engine) get(ctx context.Context, name string) (image, error) {
	img, err := e.inspect(ctx, name)
	if err == nil || !cerrdefs.IsNotFound(err) {
		return img, err
	}
	if strings.HasPrefix(name, "rlbench/") {
		return image{}, missing(name+" has not been built", target(name))
	}
	err = e.pull(ctx, name)
	if ctx.Err() != nil {
		return image{}, fmt.Errorf("pull %s: %w", name, context.Cause(ctx))
	}
	if err != nil {
		return image{}, missing(fmt.Sprintf("%s cannot be pulled (%v)", name, err), target(name))
	}
	return e.inspect(ctx, name)
}

// target is what ci/image/build.sh calls an image: rlbench/valkey:8.1 is valkey-8.1. In
// place of one that it does not build it is the oldest that serves.
func target(name string) string {
	if slices.Contains(Built, name) || name == Valkey {
		return strings.Replace(strings.TrimPrefix(name, "rlbench/"), ":", "-", 1)
	}
	return "redis-7.0"
}

func missing(what, target string) error {
	return &provider.Missing{
		Kind: provider.ErrNoImage,
		What: what,
		Do:   "without a registry, build one: make image (or ci/image/build.sh " + target + ")",
	}
}

func (e *Engine) inspect(ctx context.Context, name string) (image, error) {
	r, err := e.client.ImageInspect(ctx, name)
	if err != nil {
		return image{}, fmt.Errorf("inspect image %s: %w", name, err)
	}
	img := image{name: name, digest: r.ID}
	if len(r.RepoDigests) > 0 {
		_, img.digest, _ = strings.Cut(r.RepoDigests[0], "@")
	}
	return img, nil
}

func (e *Engine) pull(ctx context.Context, name string) error {
	ask, cancel := context.WithTimeout(ctx, registryWithin)
	defer cancel()
	if _, err := e.client.DistributionInspect(ask, name, client.DistributionInspectOptions{}); err != nil {
		return err
	}
	slog.InfoContext(ctx, "pulling image", "image", name)
	ctx, cancel = context.WithTimeout(ctx, pullWithin)
	defer cancel()
	progress, err := e.client.ImagePull(ctx, name, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	defer progress.Close()
	return progress.Wait(ctx)
}

// Images returns which of the images that a run would choose from are present.
func (e *Engine) Images(ctx context.Context) []string {
	var present []string
	for _, name := range slices.Concat([]string{Official}, Built) {
		if _, err := e.inspect(ctx, name); err == nil {
			present = append(present, name)
		}
	}
	return present
}
