package local

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local/namespace"
)

// cut is what a node is cut off from: packets between it and an address, or all
// addresses but that, are dropped.
type cut struct {
	node netip.Addr
	from string // as iptables writes it: 127.0.1.0/24
	not  bool   // all addresses but from
}

func peerCut(m *member) cut {
	return cut{node: m.network.places[m.name], from: m.network.prefix.String()}
}

func clientCut(m *member) cut {
	c := peerCut(m)
	c.not = true
	return c
}

// rules drop the packets where they arrive: dropped where they leave, the sender
// would be told by an error.
func (c cut) rules() []string {
	not := ""
	if c.not {
		not = "! "
	}
	return []string{
		fmt.Sprintf("-A INPUT -s %s %s-d %s -j DROP", c.node, not, c.from),
		fmt.Sprintf("-A INPUT %s-s %s -d %s -j DROP", not, c.from, c.node),
	}
}

// partitions are all cuts of this process, which has one table of rules.
type partitions struct {
	mu   sync.Mutex
	made map[cut]bool
}

var cuts = partitions{made: make(map[cut]bool)}

// add makes a cut. The heal of one that was made twice ends both.
func (p *partitions) add(c cut) (provider.Heal, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made[c] = true
	if err := p.apply(); err != nil {
		delete(p.made, c)
		return nil, err
	}
	return sync.OnceValue(func() error { return p.drop(c) }), nil
}

// drop ends a cut, if it is made.
func (p *partitions) drop(c cut) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.made[c] {
		return nil
	}
	delete(p.made, c)
	return p.apply()
}

// apply replaces the rules of the namespace by those of all cuts.
func (p *partitions) apply() error {
	var rules []string
	for c := range p.made {
		rules = append(rules, c.rules()...)
	}
	return namespace.Filter(context.Background(), rules)
}
