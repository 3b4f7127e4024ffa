package provider

import "errors"

// The kinds of failure that a user can mend. They are wrapped in one sentence
// that says what is missing and what to do about it; errors.Is tells them apart.
var (
	// ErrUsage: the --server or --image flag asks for something that does not exist.
	ErrUsage = errors.New("wrong choice of server")
	// ErrNoEngine: no Docker Engine answers, or it runs on another machine.
	ErrNoEngine = errors.New("no Docker Engine")
	// ErrNoImage: the image is neither present nor can it be pulled.
	ErrNoImage = errors.New("no image")
	// ErrNoBinary: there is no redis-server to start as a local process.
	ErrNoBinary = errors.New("no redis-server")
)
