// Package dockertest gives tests real containers.
package dockertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker"
)

// within bounds pulling or building the image, on a machine that has none yet.
const within = 5 * time.Minute

// Provider returns a provider of containers. The test is skipped where no Docker
// Engine answers.
func Provider(t testing.TB) *docker.Provider {
	t.Helper()
	p, err := Open()
	if errors.Is(err, provider.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Open is Provider for a TestMain. If there is no image and no registry, it
// builds one from Debian packages first. The error is ErrNoEngine where no
// Docker Engine answers.
func Open() (*docker.Provider, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	p, err := docker.New(ctx, "", "a test asked for it")
	if !errors.Is(err, provider.ErrNoImage) {
		return p, err
	}
	if err := build(ctx, "redis-7.0"); err != nil {
		return nil, err
	}
	return docker.New(ctx, "", "a test asked for it")
}

// build makes one of the images of ci/image/build.sh, unless it is present.
func build(ctx context.Context, name string) error {
	dir, err := root()
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "ci", "image", "build.sh"), name).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build image: %w: %s", err, out)
	}
	return nil
}

// root is the directory of go.mod, in or above the one a test runs in.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find go.mod: %w", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("find go.mod: not in or above the working directory")
}
