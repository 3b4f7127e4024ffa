package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Replica returns the first of the nodes, in the order of their names, that follows the
// primary of a key.
func Replica(ctx context.Context, d Deployment, key string) (Node, error) {
	primary, err := d.Primary(ctx, key)
	if err != nil {
		return Node{}, err
	}
	var silent []error
	for _, n := range d.Nodes() {
		followed, err := followedBy(ctx, n)
		if err == nil && followed == primary.PeerAddr {
			return n, nil
		}
		silent = append(silent, err)
	}
	return Node{}, errors.Join(append([]error{fmt.Errorf("no node follows %s: use the topology sentinel or cluster", primary.Name)}, silent...)...)
}

// followedBy is the address of the primary that a node follows; empty if it follows none.
func followedBy(ctx context.Context, n Node) (string, error) {
	r, err := Ask(ctx, n, "ROLE")
	if err != nil || len(r.Items) < 3 || r.Items[0].Text != "slave" {
		return "", err
	}
	return net.JoinHostPort(r.Items[1].Text, strconv.FormatInt(r.Items[2].Int, 10)), nil
}
