// Package choose turns the --server flag into a provider. It is the only place
// that knows all providers.
package choose

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker"
	"github.com/rlbench/rlbench/internal/provider/embedded"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// Flags are the names that the --server flag takes besides an address, the default
// first.
var Flags = []string{"auto", "docker", "local", "embedded"}

// Check says what is wrong with the values of the --server and --image flags, before
// any server is looked for. The error is ErrUsage.
func Check(flag, image string) error {
	switch named := slices.Contains(Flags, flag); {
	case !named && !given.IsAddress(flag):
		return usage("--server "+flag+" does not exist", "use "+strings.Join(Flags, ", ")+", or "+given.Form)
	case !named:
		if _, err := given.Parse(flag); err != nil {
			return err
		}
	}
	if image != "" && flag != "auto" && flag != "docker" {
		return usage("--image "+image+" needs containers, and --server "+given.Public(flag)+" has none", "use --server docker")
	}
	return nil
}

// Configures says that servers for that value of the --server flag take settings: not
// those that somebody else runs, and not an imitation, which auto may still turn out to
// be.
func Configures(flag string) bool { return !given.IsAddress(flag) && flag != "embedded" }

func usage(what, do string) error {
	return &provider.Missing{Kind: provider.ErrUsage, What: what, Do: do}
}

// Choose returns the provider for a value of the --server flag. image is the
// container image to use, empty for the default one. Errors are of the kinds in
// package provider.
func Choose(ctx context.Context, flag, image string) (provider.Provider, error) {
	if err := Check(flag, image); err != nil {
		return nil, err
	}
	switch flag {
	case "auto":
		return auto(ctx, image)
	case "docker":
		return docker.New(ctx, image, "chosen by --server docker")
	case "local":
		return local.New(ctx, "", "chosen by --server local")
	case "embedded":
		return embedded.New("chosen by --server embedded"), nil
	}
	return given.New(flag)
}

// auto prefers containers, falls back to local processes where there is no engine or
// no image, and to an imitation where there is no server either. Who names an image
// is never given another server.
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
	switch {
	case lerr == nil:
		return l, nil
	case !errors.Is(lerr, provider.ErrNoBinary) || ctx.Err() != nil:
		return nil, errors.Join(err, lerr)
	}
	return embedded.New(err.Error() + "; " + lerr.Error()), nil
}
