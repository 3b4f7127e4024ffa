package provider

import "context"

// Heal undoes what a power did to a node and returns when the node has what it
// had before. It takes no context, because it must work in a run that was
// interrupted; it bounds itself. Called again it does nothing and returns the
// same. What nobody healed ends with the node.
type Heal func() error

// Killer ends the server of a node at once, without a word to anybody. Heal
// starts it again, where it was and with the files it left.
type Killer interface {
	Kill(ctx context.Context) (Heal, error)
}

// Pauser freezes a node: its connections stay open and nobody answers. Heal lets
// it go on where it was.
type Pauser interface {
	Pause(ctx context.Context) (Heal, error)
}

// PeerCutter cuts a node off from all other nodes, silently, while clients still
// reach it.
type PeerCutter interface {
	CutFromPeers(ctx context.Context) (Heal, error)
}

// ClientCutter cuts a node off from the clients, silently, while the other nodes
// still reach it.
type ClientCutter interface {
	CutFromClients(ctx context.Context) (Heal, error)
}

// Keeper holds the files of a server in its working directory, also of one that was
// killed and not yet started again: there they are as the operating system knew them.
type Keeper interface {
	// File returns the content of a file by its path in the directory.
	File(ctx context.Context, path string) ([]byte, error)
	// Truncate cuts a file to its first n bytes. The server must be dead.
	Truncate(ctx context.Context, path string, n int64) error
}
