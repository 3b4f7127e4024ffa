package fault

import (
	"context"
	"fmt"
	"sync"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/topology"
)

// change is one of a setting of a server.
type change struct {
	setting, from, to string
	then              []drivers.Command
}

// configure changes a setting of the key's primary and closes the connections of all
// clients: they come back under the new one. The connection over which it is healed is
// kept, for nobody might get in any more.
func configure(ctx context.Context, to Target, name string, c change) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	ctx, cancel := whole(ctx)
	defer cancel()
	conn, err := topology.Dial(ctx, n)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	heal := sync.OnceValue(func() error {
		defer conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), wholeWithin)
		defer cancel()
		if _, err := conn.Do(ctx, "CONFIG", "SET", c.setting, c.from); err != nil {
			return fmt.Errorf("set %s of %s back: %w", c.setting, n.Name, err)
		}
		return nil
	})
	steps := append([]drivers.Command{drivers.Cmd("CONFIG", "SET", c.setting, c.to)}, c.then...)
	for _, step := range append(steps, drivers.Cmd("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")) {
		if _, err := conn.Do(ctx, step...); err != nil {
			_ = heal()
			return Injected{}, fmt.Errorf("%s: %s %s: %w", name, step[0], step[1], err)
		}
	}
	return Injected{Node: n.Name, Heal: heal}, nil
}
