// Package tokenbucket is the token bucket: B tokens at first, L more per W, never
// above B; a request of cost n takes n of them or is denied. For all s <= t the
// cost admitted in [s, t] is at most B + (L/W)(t - s).
//
// Tokens are stored as credits: one token is W of them, with W in microseconds,
// and a microsecond brings L. So every level that occurs is an integer and no
// rate is rounded, whether or not L divides W. The level is brought up to date
// when it is read; nothing runs in the background. A credit is worth less under a longer
// W, and a level stored under another is read as more or fewer tokens, never as more than
// the bucket holds: where that is too much, a limit of another window needs other keys.
//
// Key: rl{user}:b, a hash {level, at} that expires when the bucket would
// be full. A denied request charges nothing and writes nothing. A clock that was
// set back refills nothing until it has caught up with at.
package tokenbucket

import (
	"context"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// state is the second half of the key's name.
const state = "b"

// Algorithm returns the token bucket with its techniques.
func Algorithm() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:       "tokenbucket",
		Title:      "Token bucket",
		Contract:   contract,
		Model:      func(l algorithms.Limit) algorithms.Model { return full(l) },
		Load:       load,
		Techniques: append([]algorithms.Technique{naive(), multi(), lua()}, kept()...),
	}
}

func contract(l algorithms.Limit) algorithms.Contract {
	return algorithms.Contract{Kind: algorithms.Bucket, Limit: l, Granularity: time.Microsecond}
}

func load(ctx context.Context, conn drivers.Conn, limit algorithms.Limit, user string) (algorithms.Snapshot, error) {
	key := algorithms.Key(user, state)
	return algorithms.Load(ctx, conn, key, get(key),
		func(hash drivers.Reply, _ int64) (algorithms.Model, error) { return decode(limit, hash) })
}

func get(key string) drivers.Command { return drivers.Cmd("HMGET", key, "level", "at") }

// decode reads the reply of get.
func decode(limit algorithms.Limit, hash drivers.Reply) (model, error) {
	if len(hash.Items) != 2 {
		return model{}, fmt.Errorf("parse bucket: %d values, want level and at", len(hash.Items))
	}
	if hash.Items[0].IsNil() {
		return full(limit), nil
	}
	level, err := hash.Items[0].Int64()
	if err != nil {
		return model{}, fmt.Errorf("parse level: %w", err)
	}
	at, err := hash.Items[1].Int64()
	if err != nil {
		return model{}, fmt.Errorf("parse at: %w", err)
	}
	return model{limit: limit, level: level, at: algorithms.Instant(at)}, nil
}

// set is the command that stores m, and expire the one that must follow it.
func (m model) set(key string) drivers.Command {
	return drivers.Cmd("HSET", key, "level", algorithms.Text(m.level), "at", algorithms.Text(m.at))
}

func (m model) expire(key string) drivers.Command {
	return drivers.Cmd("PEXPIRE", key, algorithms.Outliving(m.untilFull()))
}
