package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/drivers"
)

// unlinkBatch is the number of keys that are removed together: few enough that nobody
// else waits for it.
const unlinkBatch = 200

// Clean removes every key that trials of this bench have made, those of warm-ups
// included: their names hold the bench's random prefix. A server that outlives the
// run needs it after every run, however it ended. Where listing keys is refused they
// are left to expire.
func (b *Bench) Clean(ctx context.Context) error {
	for _, server := range b.servers {
		if err := b.clean(ctx, server); err != nil {
			return fmt.Errorf("remove the keys of this run, which have %s in their names: %w", b.prefix, err)
		}
	}
	return nil
}

func (b *Bench) clean(ctx context.Context, server drivers.Conn) error {
	names, err := scan(ctx, server, "*"+b.prefix+"*")
	if refused(err) {
		return nil
	}
	for batch := range slices.Chunk(names, unlinkBatch) {
		if err == nil {
			err = b.unlink(ctx, server, batch)
		}
	}
	return err
}

// unlink removes keys in one trip. In a Cluster each has a command of its own, because
// none takes keys of several slots; they go together where a transaction reads.
func (b *Bench) unlink(ctx context.Context, server drivers.Conn, names []string) error {
	if b.at.Mode != drivers.Cluster {
		_, err := server.Do(ctx, append([]string{"UNLINK"}, names...)...)
		return err
	}
	var cmds []drivers.Command
	for _, key := range names {
		cmds = append(cmds, drivers.Cmd("UNLINK", key))
	}
	return server.Watch(ctx, names[:1], func(tx drivers.Tx) error {
		_, err := tx.Read(ctx, cmds...)
		return err
	})
}
