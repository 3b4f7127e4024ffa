package topology

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// Resharder is a Deployment that can move a part of the keys to another primary.
type Resharder interface {
	// Reshard moves the slots of the keys, and returns when all nodes know where they are.
	// A slot that cannot be moved is where it was, unless the nodes only did not hear of
	// it in time.
	Reshard(ctx context.Context, keys ...string) error
}

const (
	// batch is how many keys are moved by one command, which stops both nodes.
	batch = 100
	// migrateWithin bounds one of them, as long as an answer is waited for.
	migrateWithin = answerWithin / 2
	// heardWithin bounds how long a node may not have heard of another's new role, which
	// takes a second.
	heardWithin = 5 * time.Second
	// undoneWithin bounds the way back.
	undoneWithin = 3 * heardWithin
)

// move is a slot on its way.
type move struct {
	*cluster
	slot     int
	from, to place
}

// place is a primary and how the others call it.
type place struct {
	Node
	id string
}

// movedAtOnce is how many slots are on their way at the same time.
const movedAtOnce = 8

// Reshard implements Resharder: each slot goes to the next primary in the order of
// names, while both serve it.
func (d *cluster) Reshard(ctx context.Context, keys ...string) error {
	moves := make(map[int]*move) // by slot: two keys of one slot move together
	for _, key := range keys {
		m, err := d.move(ctx, key)
		if err != nil {
			return err
		}
		moves[m.slot] = m
	}
	var moving errgroup.Group
	moving.SetLimit(movedAtOnce)
	for _, m := range moves {
		moving.Go(func() error { return m.finish(ctx) })
	}
	return moving.Wait()
}

// finish moves one slot, or brings it back.
func (m *move) finish(ctx context.Context) error {
	if err := m.do(ctx); err != nil {
		back, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoneWithin)
		defer cancel()
		return errors.Join(fmt.Errorf("move slot %d from %s to %s: %w", m.slot, m.from.Name, m.to.Name, err), m.undo(back))
	}
	// There is no way back any more: the old node would hear of the claim from others too.
	return errors.Join(m.set(ctx, m.from, "NODE", m.to.id), await(ctx, readyWithin, m.known))
}

// move plans the way of a key's slot.
func (d *cluster) move(ctx context.Context, key string) (*move, error) {
	from, slot, err := d.serving(ctx, key)
	if err != nil {
		return nil, err
	}
	primaries, err := d.Primaries(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(primaries, func(n Node) bool { return n.Name == from.Name })
	if at < 0 || len(primaries) < 2 {
		return nil, fmt.Errorf("slot %d can go nowhere: %d primaries answer", slot, len(primaries))
	}
	m := &move{cluster: d, slot: slot, from: place{Node: from}, to: place{Node: primaries[(at+1)%len(primaries)]}}
	for _, p := range []*place{&m.from, &m.to} {
		id, err := Ask(ctx, p.Node, "CLUSTER", "MYID")
		if err != nil {
			return nil, err
		}
		p.id = id.Text
	}
	return m, nil
}

// do moves the keys, and has the new node claim the slot, with a later epoch than the
// old one's: the other way round nobody would serve it for a moment.
func (m *move) do(ctx context.Context) error {
	if err := m.set(ctx, m.to, "IMPORTING", m.from.id); err != nil {
		return err
	}
	if err := m.set(ctx, m.from, "MIGRATING", m.to.id); err != nil {
		return err
	}
	if err := m.carry(ctx, m.from, m.to); err != nil {
		return err
	}
	return m.set(ctx, m.to, "NODE", m.to.id)
}

// undo has the old node serve the slot again as if nothing had been tried. What has
// left it is the newest there is, and replaces what clients wrote in its stead.
func (m *move) undo(ctx context.Context) error {
	return errors.Join(
		m.set(ctx, m.from, "STABLE"),
		m.carry(ctx, m.to, m.from, "REPLACE"),
		m.set(ctx, m.to, "STABLE"),
	)
}

// set tells a node what becomes of the slot. Soon after a failover it may refuse,
// because it does not know yet that the other node is a primary.
func (m *move) set(ctx context.Context, p place, what ...string) error {
	cmd := append([]string{"CLUSTER", "SETSLOT", strconv.Itoa(m.slot)}, what...)
	return await(ctx, heardWithin, func(ctx context.Context) error {
		_, err := Ask(ctx, p.Node, cmd...)
		return err
	})
}

// carry moves keys until none is left.
func (m *move) carry(ctx context.Context, from, to place, how ...string) error {
	host, port := m.hostPort(to.Name)
	for {
		r, err := Ask(ctx, from.Node, "CLUSTER", "GETKEYSINSLOT", strconv.Itoa(m.slot), strconv.Itoa(batch))
		if err != nil || len(r.Items) == 0 {
			return err
		}
		cmd := slices.Concat([]string{"MIGRATE", host, port, "", "0", milliseconds(migrateWithin)}, how, []string{"KEYS"})
		for _, key := range r.Items {
			cmd = append(cmd, key.Text)
		}
		if _, err := Ask(ctx, from.Node, cmd...); err != nil {
			return err
		}
	}
}

// known says which node does not know yet where the slot is, or nil.
func (m *move) known(ctx context.Context) error {
	for _, n := range m.nodes {
		view, err := m.view(ctx, n)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(view, func(v member) bool { return v.id == m.to.id && v.has(m.slot) }) {
			return fmt.Errorf("%s does not know that slot %d is on %s", n.Name, m.slot, m.to.Name)
		}
	}
	return nil
}
