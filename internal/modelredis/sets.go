package modelredis

import (
	"encoding/binary"
	"slices"
	"strings"
)

// setCommands has no SMEMBERS: the order in which a server lists a set is that of its
// hash table.
var setCommands = []command{
	{"sadd", -3, 1, 1, 1, true, sadd},
	{"srem", -3, 1, 1, 1, true, srem},
	{"sismember", 3, 1, 1, 1, false, sismember},
	{"scard", 2, 1, 1, 1, false, scard},
}

// members is a set: its members, sorted.
type members []string

func (members) kind() string { return "set" }

func (s members) encode(to []byte) []byte {
	to = binary.AppendUvarint(append(to, 'm'), uint64(len(s)))
	for _, m := range s {
		to = appendText(to, m)
	}
	return to
}

func (s members) text() string { return strings.Join(s, " ") }

func sadd(r *run, cmd []string) Reply {
	s, e, _, wrong := valueOf[members](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	next := append(slices.Clone(s), cmd[2:]...)
	slices.Sort(next)
	next = slices.Compact(next)
	if len(next) > len(s) {
		e.value = next
		r.put(e)
	}
	return integer(int64(len(next) - len(s)))
}

func srem(r *run, cmd []string) Reply {
	s, e, _, wrong := valueOf[members](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	left := slices.DeleteFunc(slices.Clone(s), func(m string) bool { return slices.Contains(cmd[2:], m) })
	switch {
	case len(left) == len(s):
	case len(left) == 0:
		r.remove(e.key)
	default:
		e.value = left
		r.put(e)
	}
	return integer(int64(len(s) - len(left)))
}

func sismember(r *run, cmd []string) Reply {
	s, _, _, wrong := valueOf[members](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	return boolean(slices.Contains(s, cmd[2]))
}

func scard(r *run, cmd []string) Reply {
	s, _, _, wrong := valueOf[members](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	return integer(int64(len(s)))
}
