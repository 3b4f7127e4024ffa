// Package gcra is the generic cell rate algorithm: for all s <= t the cost
// admitted in [s, t] is at most B + (L/W)(t - s), the contract of the token
// bucket, from one stored value.
//
// The value is the theoretical arrival time (TAT), the instant at which the
// limiter is as if never used. A request of cost n moves max(TAT, now) by n
// emission intervals T = W/L and is admitted if the result is at most B*T away.
// The interval is not rounded: the TAT is kept as the exact fraction us + r/L
// microseconds, because T in whole microseconds would be a wrong rate whenever L
// does not divide W (33 instead of 33 1/3 at 30,000 per second).
//
// Key: rl{user}:g, a string "<us> <r>", without r if that is 0, as it mostly is; it
// expires at the TAT. A denied request charges nothing and writes nothing.
package gcra

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// state is the second half of the key's name.
const state = "g"

// Algorithm returns GCRA with its techniques.
func Algorithm() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:       "gcra",
		Title:      "GCRA",
		Contract:   contract,
		Model:      func(l algorithms.Limit) algorithms.Model { return model{limit: l} },
		Load:       load,
		Techniques: []algorithms.Technique{naive(), multi(), lua(), cas(), lock()},
	}
}

func contract(l algorithms.Limit) algorithms.Contract {
	return algorithms.Contract{Kind: algorithms.Bucket, Limit: l, Granularity: time.Microsecond}
}

func load(ctx context.Context, conn drivers.Conn, limit algorithms.Limit, user string) (algorithms.Snapshot, error) {
	key := algorithms.Key(user, state)
	return algorithms.Load(ctx, conn, key, drivers.Cmd("GET", key),
		func(tat drivers.Reply, _ int64) (algorithms.Model, error) { return decode(limit, tat) })
}

// decode reads the reply of GET.
func decode(limit algorithms.Limit, tat drivers.Reply) (model, error) {
	if tat.IsNil() {
		return model{limit: limit}, nil
	}
	us, r, found := strings.Cut(tat.Text, " ")
	if !found {
		r = "0"
	}
	whole, err := strconv.ParseInt(us, 10, 64)
	if err != nil {
		return model{}, fmt.Errorf("parse TAT: %w", err)
	}
	rest, err := strconv.ParseInt(r, 10, 64)
	if err != nil {
		return model{}, fmt.Errorf("parse TAT: %w", err)
	}
	return model{limit: limit, us: algorithms.Instant(whole), r: rest}, nil
}

// set is the command that stores m, decided at an instant.
func (m model) set(key string, at algorithms.Instant) drivers.Command {
	return drivers.Cmd("SET", key, m.text(), "PX", algorithms.Outliving(m.Forget(at)))
}

// text is the value of the key.
func (m model) text() string {
	if m.r == 0 {
		return algorithms.Text(m.us)
	}
	return algorithms.Text(m.us) + " " + algorithms.Text(m.r)
}
