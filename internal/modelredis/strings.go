package modelredis

import (
	"math"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

var stringCommands = []command{
	{"get", 2, 1, 1, 1, false, get},
	{"mget", -2, 1, -1, 1, false, mget},
	{"set", -3, 1, 1, 1, true, set},
	{"setnx", 3, 1, 1, 1, true, setnx},
	{"setex", 4, 1, 1, 1, true, setex},
	{"psetex", 4, 1, 1, 1, true, setex},
	{"getset", 3, 1, 1, 1, true, getset},
	{"getdel", 2, 1, 1, 1, true, getdel},
	{"getex", -2, 1, 1, 1, true, getex},
	{"incr", 2, 1, 1, 1, true, incr},
	{"decr", 2, 1, 1, 1, true, incr},
	{"incrby", 3, 1, 1, 1, true, incr},
	{"decrby", 3, 1, 1, 1, true, incr},
}

// str is a string.
type str string

func (str) kind() string { return "string" }

func (s str) encode(to []byte) []byte { return appendText(append(to, 's'), string(s)) }

func (s str) text() string { return string(s) }

func get(r *run, cmd []string) Reply {
	v, _, found, wrong := valueOf[str](r, cmd[1])
	switch {
	case wrong != nil:
		return *wrong
	case !found:
		return null()
	}
	return text(string(v))
}

// mget answers null for a key that holds no string.
func mget(r *run, cmd []string) Reply {
	items := make([]drivers.Reply, len(cmd)-1)
	for i, key := range cmd[1:] {
		if v, _, found, wrong := valueOf[str](r, key); found && wrong == nil {
			items[i] = bulk(string(v))
		}
	}
	return array(items)
}

func set(r *run, cmd []string) Reply {
	o, ok := parseOptions(cmd[3:], "nx", "xx", "get", "keepttl", "ex", "px", "exat", "pxat")
	if !ok {
		return badSyntax
	}
	deadline, bad := o.deadline(r, "set")
	if bad != nil {
		return *bad
	}
	key, old := cmd[1], null()
	if o.has["get"] {
		if old = get(r, cmd[:2]); old.Err != "" {
			return old
		}
	}
	e, found := r.get(key)
	refused := o.has["nx"] && found || o.has["xx"] && !found
	if !refused {
		if !o.has["keepttl"] {
			e.deadline = deadline
		}
		r.put(entry{key, str(cmd[2]), e.deadline})
	}
	switch {
	case o.has["get"]:
		return old
	case refused:
		return null()
	}
	return r.ok()
}

func setnx(r *run, cmd []string) Reply {
	_, found := r.get(cmd[1])
	if !found {
		r.put(entry{cmd[1], str(cmd[2]), never})
	}
	return boolean(!found)
}

// setex is SETEX and PSETEX, whose value comes last.
func setex(r *run, cmd []string) Reply {
	name, unit := strings.ToLower(cmd[0]), "ex"
	if name == "psetex" {
		unit = "px"
	}
	o := options{has: map[string]bool{}, unit: unit, time: cmd[2]}
	deadline, bad := o.deadline(r, name)
	if bad != nil {
		return *bad
	}
	r.put(entry{cmd[1], str(cmd[3]), deadline})
	return r.ok()
}

func getset(r *run, cmd []string) Reply {
	old := get(r, cmd[:2])
	if old.Err == "" {
		r.put(entry{cmd[1], str(cmd[2]), never})
	}
	return old
}

func getdel(r *run, cmd []string) Reply {
	old := get(r, cmd)
	if old.Kind == drivers.Text {
		r.remove(cmd[1])
	}
	return old
}

func getex(r *run, cmd []string) Reply {
	o, ok := parseOptions(cmd[2:], "persist", "ex", "px", "exat", "pxat")
	if !ok {
		return badSyntax
	}
	old := get(r, cmd[:2])
	if old.Kind != drivers.Text {
		return old
	}
	deadline, bad := o.deadline(r, "getex")
	if bad != nil {
		return *bad
	}
	e, _ := r.get(cmd[1])
	switch {
	case o.has["persist"]:
		r.persist(e)
	case strings.HasSuffix(o.unit, "at") && deadline <= r.milli():
		r.remove(e.key)
	case o.unit != "":
		e.deadline = deadline
		r.put(e)
	}
	return old
}

// incr is INCR, DECR, INCRBY and DECRBY. The deadline stays.
func incr(r *run, cmd []string) Reply {
	by, bad := increment(cmd)
	if bad != nil {
		return *bad
	}
	v, e, found, wrong := valueOf[str](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	var n int64
	if found {
		var ok bool
		if n, ok = parseInteger(string(v)); !ok {
			return notInteger
		}
	}
	sum, ok := add(n, by)
	if !ok {
		return overflow
	}
	e.value = str(strconv.FormatInt(sum, 10))
	r.put(e)
	return integer(sum)
}

// increment reads what is to be added.
func increment(cmd []string) (int64, *Reply) {
	by := int64(1)
	if len(cmd) == 3 {
		var ok bool
		if by, ok = parseInteger(cmd[2]); !ok {
			return 0, &notInteger
		}
	}
	if cmd[0][0]|' ' == 'i' {
		return by, nil
	}
	if by == math.MinInt64 {
		bad := failure("ERR decrement would overflow")
		return 0, &bad
	}
	return -by, nil
}

// add returns a sum if it is an int64.
func add(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}
