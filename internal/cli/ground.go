package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/internal/reap/watchdog"
	"github.com/rlbench/rlbench/internal/topology"
)

// ground is where several programs are tried in turn: one server that is started for
// them, or what is at an address. No connection to it is held open, because a server
// only counts for a program while nobody else is connected.
type ground struct {
	address    string // for --server
	where      provider.Provider
	deployment topology.Deployment // nil if the servers are not ours
	dismiss    func()              // ends the watchdog
}

// openGround starts the server, if the flags do not name one.
func (p *Program) openGround(ctx context.Context, at server, image string) (*ground, error) {
	p.reap(ctx)
	where, err := choose.Choose(ctx, string(at), image)
	if err != nil {
		return nil, serverError(err)
	}
	if where.Traits().InProcess {
		return nil, fmt.Errorf("ab needs a real Redis, and there is none: %s", where.About())
	}
	g := &ground{address: string(at), where: where}
	if g.dismiss, err = watchdog.Start(); err != nil {
		return nil, err
	}
	if given.IsAddress(g.address) {
		return g, nil
	}
	if g.deployment, err = (topology.Standalone{}).Start(ctx, where, topology.Settings{}); err != nil {
		return nil, errors.Join(serverError(err), g.close())
	}
	g.address = "redis://" + g.deployment.Endpoints().Addrs[0]
	return g, nil
}

// facts are what is known of a node that is ours; nil of any other.
func (g *ground) facts(name string) map[string]string {
	if g.deployment == nil {
		return nil
	}
	for _, n := range g.deployment.Nodes() {
		if n.Name == name {
			return n.Facts()
		}
	}
	return nil
}

func (g *ground) close() (err error) {
	if g.deployment != nil {
		ctx, cancel := context.WithTimeout(context.Background(), withdrawWithin)
		defer cancel()
		err = g.deployment.Stop(ctx)
	}
	if err == nil {
		g.dismiss() // else the watchdog tries again when this process has ended
	}
	return err
}
