// Package choose turns the --server flag into a provider. It is the only place
// that knows all providers.
package choose

import (
	"context"
	"errors"
	"strings"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// Flags are the values that the --server flag takes now, the default first.
var Flags = []string{"auto", "docker", "local"}

// Choose returns the provider for a value of the --server flag. image is the
// container image to use, empty for the default one. Errors are of the kinds in
// package provider.
func Choose(ctx context.Context, flag, image string) (provider.Provider, error) {
	switch flag {
	case "auto":
		return auto(ctx, image)
	case "docker":
		return docker.New(ctx, image, "chosen by --server docker")
	case "local":
		if image != "" {
			return nil, &provider.Missing{
				Kind: provider.ErrUsage,
				What: "--image " + image + " needs containers, and --server local has none",
				Do:   "use --server docker",
			}
		}
		return local.New(ctx, "", "chosen by --server local")
	}
	return nil, &provider.Missing{
		Kind: provider.ErrUsage,
		What: "--server " + flag + " does not exist",
		Do:   "use " + strings.Join(Flags, ", "),
	}
}

// auto prefers containers, and falls back to local processes where there is no
// engine or no image. Who names an image is never given another server.
func auto(ctx context.Context, image string) (provider.Provider, error) {
	d, err := docker.New(ctx, image, "a Docker Engine answers")
	if err == nil {
		return d, nil
	}
	missing := errors.Is(err, provider.ErrNoEngine) || errors.Is(err, provider.ErrNoImage)
	if image != "" || !missing || ctx.Err() != nil {
		return nil, err
	}
	l, lerr := local.New(ctx, "", err.Error())
	if lerr != nil {
		return nil, errors.Join(err, lerr)
	}
	return l, nil
}
