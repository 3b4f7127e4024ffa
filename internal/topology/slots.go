package topology

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// claim is a range of slots that a primary takes for its own, since an epoch.
type claim struct {
	node     Node
	epoch    int
	from, to int
}

// claims asks every node for its own, and returns those of later epochs first. Who
// does not answer claims nothing. Others are not asked about a node: after a
// failover they may be behind.
func (d *cluster) claims(ctx context.Context) ([]claim, error) {
	var all []claim
	var silent []error
	for _, n := range d.nodes {
		v, err := d.view(ctx, n)
		if err != nil {
			silent = append(silent, err)
			continue
		}
		for _, m := range v {
			if m.is("myself") && m.is("master") {
				all = append(all, m.claims(n)...)
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.Join(append([]error{errors.New("no node serves any slot")}, silent...)...)
	}
	slices.SortStableFunc(all, func(a, b claim) int { return cmp.Compare(b.epoch, a.epoch) })
	return all, nil
}

// owner is the node with the latest claim to a slot, or none.
func owner(claims []claim, slot int) Node {
	for _, c := range claims {
		if c.from <= slot && slot <= c.to {
			return c.node
		}
	}
	return Node{}
}

// member is a line of CLUSTER NODES: what one node knows of another.
type member struct {
	id, addr, flags, link string
	primary               string // the id of the one that it follows, or "-"
	epoch                 int
	slots                 []string // "0-5460", "7", "[7->-id]" where one is moving
}

// view asks a node for all that it knows.
func (d *cluster) view(ctx context.Context, n Node) ([]member, error) {
	r, err := Ask(ctx, n, "CLUSTER", "NODES")
	if err != nil {
		return nil, err
	}
	var list []member
	for line := range strings.Lines(r.Text) {
		m, err := parseMember(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
		list = append(list, m)
	}
	return list, nil
}

// parseMember reads "id ip:port@bus,host flags primary ping pong epoch link slot ...".
func parseMember(line string) (member, error) {
	f := strings.Fields(line)
	if len(f) < 8 {
		return member{}, fmt.Errorf("parse CLUSTER NODES: %q has %d words, want 8 or more", line, len(f))
	}
	epoch, err := strconv.Atoi(f[6])
	if err != nil {
		return member{}, fmt.Errorf("parse CLUSTER NODES: epoch %q is not a number", f[6])
	}
	addr, _, _ := strings.Cut(f[1], "@")
	return member{id: f[0], addr: addr, flags: f[2], primary: f[3], epoch: epoch, link: f[7], slots: f[8:]}, nil
}

func (m member) is(flag string) bool { return slices.Contains(strings.Split(m.flags, ","), flag) }

// ill says that a node is not known well: not met, not reached, or thought down.
func (m member) ill() bool {
	return m.link != "connected" || strings.Contains(m.flags, "fail") || m.is("handshake") || m.is("noaddr")
}

// claims are the ranges of slots on the line of a primary.
func (m member) claims(n Node) []claim {
	var list []claim
	for _, s := range m.slots {
		low, high, isRange := strings.Cut(s, "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err1 == nil && err2 == nil { // else a slot that is moving, which stands on the line twice
			list = append(list, claim{node: n, epoch: m.epoch, from: from, to: to})
		}
	}
	return list
}

// has says that the line claims a slot.
func (m member) has(slot int) bool {
	return slices.ContainsFunc(m.claims(Node{}), func(c claim) bool { return c.from <= slot && slot <= c.to })
}
