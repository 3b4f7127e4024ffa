// Package virtual runs an unmodified redis-server under a clock that the caller sets,
// to the microsecond: TIME, PTTL, every expiry and a script's own TIME follow it. That
// confirms on a real server what a model says, deadlines included, without waiting.
//
// A small C library, whose source is part of this program, is built where it is needed
// and loaded before the server's libc. So it takes Linux, a C compiler, and a server
// that is linked dynamically to glibc. The server is a process of this machine: the
// one on PATH, or one out of a container image, which runs without a container.
package virtual

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// The kinds of failure for which a caller may go on in real time.
var (
	// ErrNoCompiler: there is no C compiler to build the clock with.
	ErrNoCompiler = errors.New("no C compiler")
	// ErrNoClock: this server, or this system, cannot be given another clock.
	ErrNoClock = errors.New("no virtual clock")
)

// Program is a server that Start can start.
type Program struct {
	// Product is "redis" or "valkey", Version as far as it is known before a start:
	// 7.0.15 of a program, 8.0 of an image.
	Product, Version string
	// Path is the program's, empty if it is in an image.
	Path string
	// Image is the container image that holds it.
	Image string
}

// String is "redis 7.0.15 (/usr/bin/redis-server)".
func (p Program) String() string {
	return p.Product + " " + p.Version + " (" + cmp.Or(p.Image, p.Path) + ")"
}

// Find lists the servers that are present: the program at path, or on PATH if path is
// empty, and then the images that ci/image/build.sh has built. A path that is given
// must be one of a server. The error is provider.ErrNoBinary if there is none at all.
func Find(ctx context.Context, path string) ([]Program, error) {
	programs, err := installed(ctx, path)
	if err != nil && path != "" {
		return nil, err
	}
	programs = append(programs, built(ctx)...)
	if len(programs) == 0 {
		return nil, err
	}
	return programs, nil
}

func installed(ctx context.Context, path string) ([]Program, error) {
	p, err := local.Find(ctx, path)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(p.Path)
	if err != nil {
		return nil, err
	}
	return []Program{{Product: p.Product, Version: p.Version, Path: abs}}, nil
}

// built lists the images that are present. Without an engine there are none.
func built(ctx context.Context) []Program {
	e, err := docker.Connect(ctx)
	if err != nil {
		return nil
	}
	defer e.Close()
	var programs []Program
	for _, image := range slices.Concat(docker.Built, []string{docker.Valkey}) {
		if !e.Has(ctx, image) {
			continue
		}
		product, version, _ := strings.Cut(strings.TrimPrefix(image, "rlbench/"), ":")
		programs = append(programs, Program{Product: product, Version: version, Image: image})
	}
	return programs
}

// noClock says why a server cannot be given another clock.
func noClock(what, do string) error {
	return &provider.Missing{Kind: ErrNoClock, What: what, Do: do}
}
