// Package choose turns the --server flag into a provider. It is the only place
// that knows all providers.
package choose

import (
	"context"
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// Flags are the values that the --server flag takes now, the default first.
var Flags = []string{"auto", "local"}

// Choose returns the provider for a value of the --server flag. image is the
// container image to use, empty for the default one. Errors are of the kinds in
// package provider.
func Choose(ctx context.Context, flag, image string) (provider.Provider, error) {
	switch flag {
	case "auto", "local":
		return local.New(ctx, "", "--server "+flag)
	}
	return nil, fmt.Errorf("%w: --server %s; there are %s", provider.ErrUsage, flag, strings.Join(Flags, ", "))
}
