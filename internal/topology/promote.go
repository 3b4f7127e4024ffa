package topology

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// Promoter is a Deployment that can hand a primary's role to a replica on purpose.
type Promoter interface {
	// Promote returns when another node is the primary of the key.
	Promote(ctx context.Context, key string) error
}

// replace gives an order, again as long as it is refused, and returns when another node
// than old serves the key. An order whose answer is lost may have been heard: given
// twice it would replace the new primary too.
func (g *group) replace(ctx context.Context, d Deployment, key string, old Node, within time.Duration, order func(context.Context) error) error {
	err := await(ctx, readyWithin, func(ctx context.Context) error {
		if err := order(ctx); drivers.ClassOf(err) == drivers.Failed {
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("replace %s: %w", old.Name, err)
	}
	return await(ctx, within, func(ctx context.Context) error {
		now, err := d.Primary(ctx, key)
		if err == nil && now.Name == old.Name {
			err = fmt.Errorf("%s is still the primary", old.Name)
		}
		return err
	})
}

// Promote implements Promoter. After another failover the Sentinels may see no good
// replica for a while.
func (d *sentinel) Promote(ctx context.Context, key string) error {
	old, err := d.Primary(ctx, key)
	if err != nil {
		return err
	}
	return d.replace(ctx, d, key, old, readyWithin, func(ctx context.Context) error {
		_, err := Ask(ctx, d.watchers()[0], "SENTINEL", "FAILOVER", primaryName)
		return err
	})
}

const (
	// electedWithin bounds one planned failover of a Cluster, which a node gives up after
	// five seconds.
	electedWithin = 6 * time.Second
	// elections is how many are tried: for twice the node timeout after another failover
	// the other primaries vote for nobody, and nothing says so.
	elections = 3
)

// Promote implements Promoter.
func (d *cluster) Promote(ctx context.Context, key string) error {
	old, err := d.Primary(ctx, key)
	if err != nil {
		return err
	}
	var replica Node
	err = await(ctx, heardWithin, func(ctx context.Context) (err error) {
		replica, err = d.replicaOf(ctx, old)
		return err
	})
	if err != nil {
		return err
	}
	for range elections {
		err = d.replace(ctx, d, key, old, electedWithin, func(ctx context.Context) error {
			_, err := Ask(ctx, replica, "CLUSTER", "FAILOVER")
			return err
		})
		if err == nil {
			return nil
		}
	}
	return err
}

// replicaOf returns a replica of a primary.
func (d *cluster) replicaOf(ctx context.Context, primary Node) (Node, error) {
	view, err := d.view(ctx, primary)
	if err != nil {
		return Node{}, err
	}
	for _, self := range view {
		for _, m := range view {
			if self.is("myself") && m.primary == self.id && !m.ill() {
				return d.at(m.addr)
			}
		}
	}
	return Node{}, errors.New(primary.Name + " has no healthy replica")
}
