package confirm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider"
)

// ErrNotEmpty refuses a server that holds keys: a replay deletes everything.
var ErrNotEmpty = errors.New("the server holds keys, and a replay deletes all there are: name an empty one")

// Given is a server that somebody else runs, whose time is its own. It must be empty, and
// is when Replay has ended.
func Given(ctx context.Context, addr string) (Target, error) {
	server, err := provider.Identify(ctx, addr)
	if err != nil {
		return Target{}, fmt.Errorf("reach %s: %w", addr, err)
	}
	t := Target{Network: "tcp", Addr: addr, Version: server.Version}
	cn, err := t.dial(ctx)
	if err != nil {
		return Target{}, fmt.Errorf("reach %s: %w", addr, err)
	}
	defer cn.Close()
	return t, empties(cn)
}

// empties demands that a server holds no key in any database.
func empties(cn *redigo.Raw) error {
	info, err := cn.Do("INFO", "keyspace")
	if err != nil {
		return fmt.Errorf("ask whether the server is empty: %w", err)
	}
	if strings.Contains(info.Text, "keys=") {
		return ErrNotEmpty
	}
	return nil
}
