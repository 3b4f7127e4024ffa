// Package local runs servers as processes of this machine, on 127.0.0.1: the
// provider for a machine without Docker, and the fastest to start. It uses the
// redis-server that is installed and never fetches one.
package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/rlbench/rlbench/internal/provider"
)

// binaries are looked up on PATH in this order.
var binaries = []string{"redis-server", "valkey-server"}

// Provider starts redis-server processes.
type Provider struct {
	program Program
	why     string
}

// Program is an installed server.
type Program struct {
	Path    string
	Product string // redis or valkey
	Version string // as it prints: 7.0.15
}

// New returns a provider that starts the program at path, or the one on PATH if
// path is empty. why ends the sentence of About. The error is ErrNoBinary.
func New(ctx context.Context, path, why string) (*Provider, error) {
	p, err := Find(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Provider{program: p, why: why}, nil
}

// Find returns the program that New would start.
func Find(ctx context.Context, path string) (Program, error) {
	path, err := locate(path)
	if err != nil {
		return Program{}, err
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return Program{}, missing(fmt.Sprintf("%s --version: %v", path, err))
	}
	version, ok := parseVersion(string(out))
	if !ok {
		return Program{}, missing(fmt.Sprintf("%s prints %q as its version", path, firstLine(string(out))))
	}
	product := "valkey"
	if strings.Contains(string(out), "Redis") {
		product = "redis"
	}
	if product == "redis" && provider.TooOld(version) {
		return Program{}, missing(fmt.Sprintf("%s is Redis %s, and %d.0 or newer is needed", path, version, provider.Oldest))
	}
	return Program{Path: path, Product: product, Version: version}, nil
}

func locate(path string) (string, error) {
	names := binaries
	if path != "" {
		names = []string{path}
	}
	for _, name := range names {
		found, err := exec.LookPath(name)
		if err == nil || errors.Is(err, exec.ErrDot) {
			return found, nil
		}
	}
	if path != "" {
		if info, err := os.Stat(path); err == nil {
			return "", missing(fmt.Sprintf("%s is no program (%s)", path, info.Mode()))
		}
	}
	return "", missing(strings.Join(names, " and ") + " not found")
}

func missing(what string) error {
	return &provider.Missing{
		Kind: provider.ErrNoBinary,
		What: what,
		Do:   "install the package redis-server (Debian, Ubuntu) or redis (Fedora, Homebrew)",
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// parseVersion reads "Redis server v=7.0.15 sha=00000000:0 ...".
func parseVersion(out string) (string, bool) {
	_, rest, _ := strings.Cut(out, " server v=")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return "", false
	}
	return words[0], true
}

// Name returns "local".
func (p *Provider) Name() string { return "local" }

// Traits implements provider.Provider.
func (p *Provider) Traits() provider.Traits { return provider.Traits{} }

// About names the program and the reason for the choice.
func (p *Provider) About() string {
	return fmt.Sprintf("local processes of %s %s on 127.0.0.1: %s", p.program.Path, p.program.Version, p.why)
}
