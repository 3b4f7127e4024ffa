package modelredis

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

var hashCommands = []command{
	{"hset", -4, 1, 1, 1, true, hset},
	{"hmset", -4, 1, 1, 1, true, hset},
	{"hsetnx", 4, 1, 1, 1, true, hsetnx},
	{"hget", 3, 1, 1, 1, false, hget},
	{"hmget", -3, 1, 1, 1, false, hmget},
	{"hgetall", 2, 1, 1, 1, false, hgetall},
	{"hdel", -3, 1, 1, 1, true, hdel},
	{"hexists", 3, 1, 1, 1, false, hexists},
	{"hincrby", 4, 1, 1, 1, true, hincrby},
}

// hash holds its fields in the order in which a server would list them.
type hash struct {
	fields []field
	// unordered says that the hash has once been too large to be kept as a list. Then a
	// server lists the fields in an order that the model does not know.
	unordered bool
}

type field struct{ name, value string }

// The sizes up to which a server is sure to keep a hash as a list of its fields.
const (
	listedFields = 128
	listedBytes  = 64
)

func (*hash) kind() string { return "hash" }

func (h *hash) encode(to []byte) []byte {
	tag := byte('h')
	if h.unordered {
		tag = 'H'
	}
	to = binary.AppendUvarint(append(to, tag), uint64(len(h.fields)))
	for _, f := range h.fields {
		to = appendText(appendText(to, f.name), f.value)
	}
	return to
}

// text lists the fields in order of their names, whatever their order in the hash.
func (h *hash) text() string {
	pairs := make([]string, len(h.fields))
	for i, f := range h.fields {
		pairs[i] = f.name + "=" + f.value
	}
	slices.Sort(pairs)
	return strings.Join(pairs, " ")
}

// find returns the place of a field; a nil hash has none.
func (h *hash) find(name string) (int, bool) {
	if h == nil {
		return 0, false
	}
	i := slices.IndexFunc(h.fields, func(f field) bool { return f.name == name })
	return i, i >= 0
}

// with returns the hash with a field set, which keeps its place if it was there.
func (h *hash) with(name, value string) *hash {
	next := &hash{}
	if h != nil {
		*next = *h
	}
	if i, found := h.find(name); found {
		next.fields = slices.Clone(next.fields)
		next.fields[i].value = value
	} else {
		next.fields = append(slices.Clip(next.fields), field{name, value})
	}
	next.unordered = next.unordered || len(next.fields) > listedFields || len(name) > listedBytes || len(value) > listedBytes
	return next
}

// hset is HSET and HMSET, which differ in their answer.
func hset(r *run, cmd []string) Reply {
	name := strings.ToLower(cmd[0])
	if len(cmd)%2 == 1 {
		return wrongArity(name)
	}
	h, e, _, wrong := valueOf[*hash](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	var created int64
	for i := 2; i < len(cmd); i += 2 {
		if _, found := h.find(cmd[i]); !found {
			created++
		}
		h = h.with(cmd[i], cmd[i+1])
	}
	e.value = h
	r.put(e)
	if name == "hmset" {
		return r.ok()
	}
	return integer(created)
}

func hsetnx(r *run, cmd []string) Reply {
	h, e, _, wrong := valueOf[*hash](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	if _, found := h.find(cmd[2]); found {
		return integer(0)
	}
	e.value = h.with(cmd[2], cmd[3])
	r.put(e)
	return integer(1)
}

func hget(r *run, cmd []string) Reply {
	h, _, _, wrong := valueOf[*hash](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	return Reply{Reply: h.get(cmd[2])}
}

func (h *hash) get(name string) drivers.Reply {
	if i, found := h.find(name); found {
		return bulk(h.fields[i].value)
	}
	return drivers.Reply{}
}

func hmget(r *run, cmd []string) Reply {
	h, _, _, wrong := valueOf[*hash](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	items := make([]drivers.Reply, len(cmd)-2)
	for i, name := range cmd[2:] {
		items[i] = h.get(name)
	}
	return array(items)
}

func hgetall(r *run, cmd []string) Reply {
	h, _, found, wrong := valueOf[*hash](r, cmd[1])
	switch {
	case wrong != nil:
		return *wrong
	case !found:
		return array(nil)
	case h.unordered && len(h.fields) > 1:
		return r.missing("HGETALL of a large hash, whose order is not known")
	}
	var items []drivers.Reply
	for _, f := range h.fields {
		items = append(items, bulk(f.name), bulk(f.value))
	}
	return array(items)
}

func hdel(r *run, cmd []string) Reply {
	h, e, found, wrong := valueOf[*hash](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	if !found {
		return integer(0)
	}
	left := slices.DeleteFunc(slices.Clone(h.fields), func(f field) bool { return slices.Contains(cmd[2:], f.name) })
	deleted := len(h.fields) - len(left)
	switch {
	case deleted == 0:
	case len(left) == 0:
		r.remove(e.key)
	default:
		e.value = &hash{left, h.unordered}
		r.put(e)
	}
	return integer(int64(deleted))
}

func hexists(r *run, cmd []string) Reply {
	h, _, _, wrong := valueOf[*hash](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	_, found := h.find(cmd[2])
	return boolean(found)
}

func hincrby(r *run, cmd []string) Reply {
	by, ok := parseInteger(cmd[3])
	if !ok {
		return notInteger
	}
	h, e, _, wrong := valueOf[*hash](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	var n int64
	if i, found := h.find(cmd[2]); found {
		if n, ok = parseInteger(h.fields[i].value); !ok {
			return failure("ERR hash value is not an integer")
		}
	}
	if n, ok = add(n, by); !ok {
		return overflow
	}
	e.value = h.with(cmd[2], strconv.FormatInt(n, 10))
	r.put(e)
	return integer(n)
}
