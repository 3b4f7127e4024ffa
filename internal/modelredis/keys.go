package modelredis

import (
	"slices"
	"strconv"

	"github.com/rlbench/rlbench/drivers"
)

var keyCommands = []command{
	{"del", -2, 1, -1, 1, true, del},
	{"unlink", -2, 1, -1, 1, true, del},
	{"exists", -2, 1, -1, 1, false, exists},
	{"type", 2, 1, 1, 1, false, typeOf},
}

// serverCommands touch no value. WATCH and UNWATCH are bookkeeping of the caller.
var serverCommands = []command{
	{"ping", -1, 0, 0, 0, false, ping},
	{"time", 1, 0, 0, 0, false, clock},
	{"watch", -2, 1, -1, 1, false, func(r *run, _ []string) Reply { return r.ok() }},
	{"unwatch", 1, 0, 0, 0, false, func(r *run, _ []string) Reply { return r.ok() }},
}

func appendMissing(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func del(r *run, cmd []string) Reply {
	var n int64
	for _, key := range cmd[1:] {
		if _, found := r.get(key); found {
			r.remove(key)
			n++
		}
	}
	return integer(n)
}

func exists(r *run, cmd []string) Reply {
	var n int64
	for _, key := range cmd[1:] {
		if _, found := r.get(key); found {
			n++
		}
	}
	return integer(n)
}

func typeOf(r *run, cmd []string) Reply {
	if e, found := r.get(cmd[1]); found {
		return r.simple(e.value.kind())
	}
	return r.simple("none")
}

func ping(r *run, cmd []string) Reply {
	switch len(cmd) {
	case 1:
		return r.simple("PONG")
	case 2:
		return text(cmd[1])
	}
	return wrongArity("ping")
}

func clock(r *run, _ []string) Reply {
	s, us := int64(r.now)/1e6, int64(r.now)%1e6
	return array([]drivers.Reply{bulk(strconv.FormatInt(s, 10)), bulk(strconv.FormatInt(us, 10))})
}
