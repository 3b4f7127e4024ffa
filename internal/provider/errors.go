package provider

import (
	"errors"
	"fmt"
)

// The kinds of failure that a user can mend; errors.Is tells them apart.
var (
	// ErrUsage: the --server or --image flag asks for something that does not exist.
	ErrUsage = errors.New("wrong choice of server")
	// ErrNoEngine: no Docker Engine answers on this machine.
	ErrNoEngine = errors.New("no Docker Engine")
	// ErrNoImage: the image is neither present nor can it be pulled.
	ErrNoImage = errors.New("no image")
	// ErrNoBinary: there is no redis-server to start as a local process.
	ErrNoBinary = errors.New("no redis-server")
	// ErrNoNamespace: local processes cannot be given a network of their own.
	ErrNoNamespace = errors.New("no network namespace")
)

// Missing is a failure of one of the kinds above: what was found, and what to do
// about it.
type Missing struct {
	Kind     error
	What, Do string
}

// Error is the one sentence that a user reads.
func (m *Missing) Error() string { return fmt.Sprintf("%v: %s; %s", m.Kind, m.What, m.Do) }

// Unwrap returns the kind.
func (m *Missing) Unwrap() error { return m.Kind }
