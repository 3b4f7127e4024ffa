package trace

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

// lives is the time to live of a counter after each step, in milliseconds: longer than
// any pause of a trial. The scripts have their own copy.
const lives = "600000"

// numbered sends a transaction with its number, if one of its commands may charge and
// ctx has a mark to leave.
func numbered(ctx context.Context, send func(context.Context, ...drivers.Command) ([]drivers.Reply, error),
	cmds ...drivers.Command) ([]drivers.Reply, error) {
	mark, counter := markOf(ctx), counterOf(cmds...)
	if mark == nil || counter == "" {
		return send(ctx, cmds...)
	}
	*mark = Mark{}
	replies, err := send(ctx, append(slices.Clip(cmds),
		drivers.Cmd("INCR", counter),
		drivers.Cmd("PEXPIRE", counter, lives),
		// A Cluster client takes the first argument for a key. A section that does not
		// exist is none, from Redis 7.0 on, and this one leads to the counter's node.
		drivers.Cmd("INFO", counter, "server"))...)
	if err != nil {
		return nil, err
	}
	n := len(cmds)
	*mark = Mark{Node: nodeOf(replies[n+2].Text), Seq: replies[n].Int}
	return replies[:n:n], nil
}

// nodeOf reads the first 48 bits of the run id out of what INFO answered; 0 if it is
// not there.
func nodeOf(about string) int64 {
	const digits = 12
	_, id, _ := strings.Cut(about, "run_id:")
	node, _ := strconv.ParseInt(id[:min(digits, len(id))], 16, 64)
	return node
}

// charging are the commands that a limiter can charge a key with: those that add to it,
// and those that take a token from it. What reads, trims or expires gives back at most.
var charging = map[string]bool{
	"SET": true, "SETEX": true, "PSETEX": true, "SETNX": true, "GETSET": true, "MSET": true, "MSETNX": true,
	"INCR": true, "INCRBY": true, "INCRBYFLOAT": true, "INCREX": true, "DECR": true, "DECRBY": true,
	"APPEND": true, "SETRANGE": true, "SETBIT": true, "BITFIELD": true,
	"HSET": true, "HMSET": true, "HSETNX": true, "HSETEX": true, "HINCRBY": true, "HINCRBYFLOAT": true,
	"ZADD": true, "ZINCRBY": true, "ZPOPMIN": true, "ZPOPMAX": true,
	"LPUSH": true, "LPUSHX": true, "RPUSH": true, "RPUSHX": true, "LINSERT": true, "LSET": true, "LPOP": true, "RPOP": true,
	"SADD": true, "SPOP": true, "XADD": true, "PFADD": true,
}

// counterOf is the name of the counter of the first command that may charge; empty if
// none does.
func counterOf(cmds ...drivers.Command) string {
	for _, cmd := range cmds {
		if len(cmd) > 1 && charging[strings.ToUpper(cmd[0])] {
			return counterFor(cmd[1])
		}
	}
	return ""
}

// counterFor is the name of the counter of a key: one for all keys with the same hash
// tag, in their slot. It is empty where no tag makes another name lie there.
func counterFor(key string) string {
	tag := key
	if _, rest, opened := strings.Cut(key, "{"); opened {
		if inner, _, closed := strings.Cut(rest, "}"); closed && inner != "" {
			tag = inner
		}
	}
	if tag == "" || strings.Contains(tag, "}") {
		return ""
	}
	return "rl{" + tag + "}:seq"
}
