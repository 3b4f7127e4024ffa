// Package fixedwindow is the fixed window: it opens at the first charged request
// and lasts W; the cost admitted in each window is at most L.
//
// Key: rl{user}:w, a string counter whose time to live is the window, so
// the window has the resolution of Redis' expiry: a key that was opened in
// millisecond o with a life of W lives through all of millisecond o + W. The
// model and the techniques say so exactly. A denied request charges nothing.
//
// The expiry instant (PEXPIRETIME, Redis 7.0 or later) names the window.
package fixedwindow

import (
	"context"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// state is the second half of the key's name.
const state = "w"

// Algorithm returns the fixed window with its techniques.
func Algorithm() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:       "fixedwindow",
		Title:      "Fixed window",
		Contract:   contract,
		Model:      func(l algorithms.Limit) algorithms.Model { return model{limit: l} },
		Load:       load,
		Techniques: append([]algorithms.Technique{naive(), multi(), lua()}, kept()...),
	}
}

func contract(l algorithms.Limit) algorithms.Contract {
	return algorithms.Contract{Kind: algorithms.Window, Limit: l, Granularity: time.Millisecond}
}

func load(ctx context.Context, conn drivers.Conn, limit algorithms.Limit, user string) (algorithms.Snapshot, error) {
	key := algorithms.Key(user, state)
	return algorithms.Load(ctx, conn, key, drivers.Cmd("GET", key),
		func(count drivers.Reply, deadline int64) (algorithms.Model, error) {
			return decode(limit, count, deadline)
		})
}

// decode reads the replies of GET and PEXPIRETIME.
func decode(limit algorithms.Limit, count drivers.Reply, deadline int64) (model, error) {
	if count.IsNil() {
		return model{limit: limit}, nil
	}
	if deadline < 0 {
		deadline = endless
	}
	n, err := count.Int64()
	if err != nil {
		return model{}, fmt.Errorf("parse counter: %w", err)
	}
	// Beyond the limit a count means no more than the limit: lua counts denials there.
	return model{limit: limit, deadline: deadline, count: min(n, limit.L)}, nil
}
