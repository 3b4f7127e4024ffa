// Package slidinglog is the sliding log: every half-open interval of length W
// holds admitted cost of at most L. A request at t counts the entries younger
// than t - W; a cost of n is n entries.
//
// Key: rl{user}:l, a sorted set. The score is the instant in microseconds,
// exact in a double; the member is unique, an id and an index: members that were
// only timestamps would overwrite each other within one microsecond. The key
// expires when its newest entry no longer counts. A denied request charges
// nothing.
package slidinglog

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// state is the second half of the key's name.
const state = "l"

// chunk is the most entries that one ZADD adds: one request of a large cost must
// not build a command of unbounded size.
const chunk = 1000

// Algorithm returns the sliding log with its techniques.
func Algorithm() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:       "slidinglog",
		Title:      "Sliding log",
		Contract:   contract,
		Model:      func(l algorithms.Limit) algorithms.Model { return model{limit: l} },
		Load:       load,
		Techniques: append([]algorithms.Technique{naive(), multi(), lua()}, kept()...),
	}
}

func contract(l algorithms.Limit) algorithms.Contract {
	return algorithms.Contract{Kind: algorithms.Log, Limit: l, Granularity: time.Microsecond}
}

func load(ctx context.Context, conn drivers.Conn, limit algorithms.Limit, user string) (algorithms.Snapshot, error) {
	key := algorithms.Key(user, state)
	return algorithms.Load(ctx, conn, key, drivers.Cmd("ZRANGE", key, "0", "-1", "WITHSCORES"),
		func(entries drivers.Reply, _ int64) (algorithms.Model, error) { return decode(limit, entries) })
}

// decode reads the reply of ZRANGE WITHSCORES, oldest entry first.
func decode(limit algorithms.Limit, entries drivers.Reply) (model, error) {
	scores, err := scores(entries)
	if err != nil {
		return model{}, err
	}
	m := model{limit: limit}
	for _, s := range scores {
		m = m.add(s, 1)
	}
	return m, nil
}

// scores reads the reply of ZRANGE WITHSCORES.
func scores(r drivers.Reply) ([]algorithms.Instant, error) {
	items := pairs(r)
	out := make([]algorithms.Instant, 0, len(items)/2)
	for i := 1; i < len(items); i += 2 {
		s, err := strconv.ParseFloat(items[i].Text, 64)
		if err != nil {
			return nil, fmt.Errorf("parse score: %w", err)
		}
		out = append(out, algorithms.Instant(s))
	}
	return out, nil
}

// pairs returns member, score, member, score, ... A client that speaks RESP3 gets
// each pair as an array of its own.
func pairs(r drivers.Reply) []drivers.Reply {
	if len(r.Items) == 0 || r.Items[0].Kind != drivers.Array {
		return r.Items
	}
	var flat []drivers.Reply
	for _, pair := range r.Items {
		flat = append(flat, pair.Items...)
	}
	return flat
}

// nth is the command that reads the i-th newest entry, from 1, with its score.
func nth(key string, i int64) drivers.Command {
	index := algorithms.Text(-i)
	return drivers.Cmd("ZRANGE", key, index, index, "WITHSCORES")
}

// trim is the command that removes what no longer counts at an instant.
func trim(key string, at algorithms.Instant, limit algorithms.Limit) drivers.Command {
	return drivers.Cmd("ZREMRANGEBYSCORE", key, "-inf", algorithms.Text(at.Add(-limit.W)))
}

// entries are the commands that add n entries at an instant.
func entries(key string, at algorithms.Instant, n int64, id string) []drivers.Command {
	score := algorithms.Text(at)
	var cmds []drivers.Command
	for first := int64(0); first < n; first += chunk {
		cmd := drivers.Cmd("ZADD", key)
		for i := first; i < min(n, first+chunk); i++ {
			cmd = append(cmd, score, id+":"+algorithms.Text(i))
		}
		cmds = append(cmds, cmd)
	}
	return cmds
}

// expire is the command that lets the key outlive an entry that is new now.
func expire(key string, limit algorithms.Limit) drivers.Command {
	return drivers.Cmd("PEXPIRE", key, algorithms.Outliving(limit.W))
}
