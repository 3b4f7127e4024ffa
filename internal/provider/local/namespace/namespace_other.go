//go:build !linux

package namespace

import (
	"context"
	"errors"
)

// Enter returns ErrNoNamespace: only Linux has them.
func Enter(ctx context.Context) error { return Check(ctx) }

// Check returns ErrNoNamespace.
func Check(context.Context) error {
	return missing("this system has none", "use --topology standalone, or --server docker")
}

// Filter fails: there is no namespace to filter in.
func Filter(context.Context, []string) error { return errors.New("filter packets: only on Linux") }

func raiseLoopback() error { return errors.New("only on Linux") }
