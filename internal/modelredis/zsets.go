package modelredis

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

var zsetCommands = []command{
	{"zadd", -4, 1, 1, 1, true, zadd},
	{"zrem", -3, 1, 1, 1, true, zrem},
	{"zcard", 2, 1, 1, 1, false, zcard},
	{"zscore", 3, 1, 1, 1, false, zscore},
	{"zcount", 4, 1, 1, 1, false, zcount},
	{"zrange", -4, 1, 1, 1, false, zrange},
	{"zrevrange", -4, 1, 1, 1, false, zrange},
	{"zrangebyscore", -4, 1, 1, 1, false, zrange},
	{"zremrangebyscore", 4, 1, 1, 1, true, zremrangebyscore},
	{"zremrangebyrank", 4, 1, 1, 1, true, zremrangebyrank},
}

// zset is a sorted set: by score, and within a score by member.
type zset []scored

type scored struct {
	member string
	score  float64
}

func (a scored) compare(b scored) int {
	return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(a.member, b.member))
}

func (zset) kind() string { return "zset" }

func (z zset) encode(to []byte) []byte {
	to = binary.AppendUvarint(append(to, 'z'), uint64(len(z)))
	for _, m := range z {
		to = binary.BigEndian.AppendUint64(appendText(to, m.member), math.Float64bits(m.score))
	}
	return to
}

func (z zset) text() string {
	words := make([]string, len(z))
	for i, m := range z {
		words[i] = m.member + "@" + formatScore(m.score)
	}
	return strings.Join(words, " ")
}

func (z zset) find(member string) (int, bool) {
	i := slices.IndexFunc(z, func(m scored) bool { return m.member == member })
	return i, i >= 0
}

// with returns the set with a member at a score. Minus zero loses its sign, as in a
// server that keeps the set as a list, up to 128 members.
func (z zset) with(m scored) zset {
	m.score += 0
	next := make(zset, 0, len(z)+1)
	for _, old := range z {
		if old.member != m.member {
			next = append(next, old)
		}
	}
	i, _ := slices.BinarySearchFunc(next, m, scored.compare)
	return slices.Insert(next, i, m)
}

// addition is a ZADD after its options were read.
type addition struct {
	nx, xx, gt, lt, ch, incr bool
	members                  []scored
}

func parseAddition(words []string) (addition, *Reply) {
	var a addition
	flags := map[string]*bool{"nx": &a.nx, "xx": &a.xx, "gt": &a.gt, "lt": &a.lt, "ch": &a.ch, "incr": &a.incr}
	for len(words) > 0 {
		flag := flags[strings.ToLower(words[0])]
		if flag == nil {
			break
		}
		*flag, words = true, words[1:]
	}
	if len(words) == 0 || len(words)%2 == 1 {
		return a, &badSyntax
	}
	if problem := a.conflict(len(words) / 2); problem != "" {
		bad := failure(problem)
		return a, &bad
	}
	for i := 0; i < len(words); i += 2 {
		score, ok := parseFloat(words[i])
		if !ok {
			return a, &notFloat
		}
		a.members = append(a.members, scored{words[i+1], score})
	}
	return a, nil
}

func (a addition) conflict(members int) string {
	switch {
	case a.nx && a.xx:
		return "ERR XX and NX options at the same time are not compatible"
	case a.gt && a.nx || a.lt && a.nx || a.gt && a.lt:
		return "ERR GT, LT, and/or NX options at the same time are not compatible"
	case a.incr && members > 1:
		return "ERR INCR option supports a single increment-element pair"
	}
	return ""
}

// apply adds one member and says what became of it.
func (a addition) apply(z zset, m scored) (next zset, score float64, added, updated, skipped bool) {
	i, found := z.find(m.member)
	if !found {
		if a.xx {
			return z, 0, false, false, true
		}
		return z.with(m), m.score, true, false, false
	}
	if a.nx {
		return z, 0, false, false, true
	}
	old := z[i].score
	if a.incr {
		m.score += old
	}
	if a.lt && m.score >= old || a.gt && m.score <= old {
		return z, 0, false, false, true
	}
	if m.score == old {
		return z, old, false, false, false
	}
	return z.with(m), m.score, false, true, false
}

func zadd(r *run, cmd []string) Reply {
	a, bad := parseAddition(cmd[2:])
	if bad != nil {
		return *bad
	}
	z, e, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	var added, changed int64
	answer := null()
	for _, m := range a.members {
		next, score, isNew, updated, skipped := a.apply(z, m)
		if math.IsNaN(score) {
			return failure("ERR resulting score is not a number (NaN)")
		}
		if !skipped {
			answer = text(formatScore(score))
		}
		if isNew {
			added++
		}
		if isNew || updated {
			changed++
		}
		z = next
	}
	if changed > 0 {
		e.value = z
		r.put(e)
	}
	switch {
	case a.incr:
		return answer
	case a.ch:
		return integer(changed)
	}
	return integer(added)
}

// keep writes what is left of a sorted set; an empty one is no key.
func (r *run) keep(e entry, old, left zset) Reply {
	switch {
	case len(left) == len(old):
	case len(left) == 0:
		r.remove(e.key)
	default:
		e.value = left
		r.put(e)
	}
	return integer(int64(len(old) - len(left)))
}

func zrem(r *run, cmd []string) Reply {
	z, e, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	left := slices.DeleteFunc(slices.Clone(z), func(m scored) bool { return slices.Contains(cmd[2:], m.member) })
	return r.keep(e, z, left)
}

func zcard(r *run, cmd []string) Reply {
	z, _, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	return integer(int64(len(z)))
}

func zscore(r *run, cmd []string) Reply {
	z, _, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	if i, found := z.find(cmd[2]); found {
		return text(formatScore(z[i].score))
	}
	return null()
}
