package modelredis

import (
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

// Commands lists what makes the store where nothing is: on a server, or in a model whose
// clock is before every deadline, for PEXPIREAT deletes what is over. What they make is
// equal in all that Encode tells apart: the order of a hash's fields too.
func (s Store) Commands() (list []drivers.Command) {
	for _, e := range s.entries {
		list = append(list, e.value.commands(e.key)...)
		if e.deadline != never {
			list = append(list, drivers.Cmd("PEXPIREAT", e.key, strconv.FormatInt(e.deadline, 10)))
		}
	}
	return list
}

func (s str) commands(key string) []drivers.Command {
	return []drivers.Command{{"SET", key, string(s)}}
}

// commands of a hash that was too large once and is not any more set a field that is too
// long and take it away: no server makes a list of the fields again.
func (h *hash) commands(key string) []drivers.Command {
	again, cmd := &hash{}, drivers.Cmd("HSET", key)
	for _, f := range h.fields {
		again = again.with(f.name, f.value)
		cmd = append(cmd, f.name, f.value)
	}
	if again.unordered == h.unordered {
		return []drivers.Command{cmd}
	}
	long := strings.Repeat("x", listedBytes+1)
	return []drivers.Command{cmd, {"HSET", key, long, ""}, {"HDEL", key, long}}
}

func (z zset) commands(key string) []drivers.Command {
	cmd := drivers.Cmd("ZADD", key)
	for _, m := range z {
		cmd = append(cmd, formatScore(m.score), m.member)
	}
	return []drivers.Command{cmd}
}

func (s members) commands(key string) []drivers.Command {
	return []drivers.Command{append(drivers.Cmd("SADD", key), s...)}
}
