package modelredis

import (
	"math"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

// interval is a range of scores, as in "(1 +inf".
type interval struct {
	min, max         float64
	minOpen, maxOpen bool
}

var badInterval = failure("ERR min or max is not a float")

func parseInterval(min, max string) (i interval, ok bool) {
	var minOK, maxOK bool
	i.min, i.minOpen, minOK = parseBound(min)
	i.max, i.maxOpen, maxOK = parseBound(max)
	return i, minOK && maxOK
}

// parseBound reads one end. Nothing is read as zero, as by the server.
func parseBound(s string) (v float64, open, ok bool) {
	s, open = strings.CutPrefix(s, "(")
	if s == "" {
		return 0, open, true
	}
	v, ok = strtod(s)
	return v, open, ok && !math.IsNaN(v)
}

func (i interval) has(m scored) bool {
	above := m.score > i.min || m.score == i.min && !i.minOpen
	below := m.score < i.max || m.score == i.max && !i.maxOpen
	return above && below
}

// filter returns the members within, or those that are not.
func (z zset) filter(i interval, within bool) zset {
	var found zset
	for _, m := range z {
		if i.has(m) == within {
			found = append(found, m)
		}
	}
	return found
}

// ranks converts places counted from either end to a slice of n.
func ranks(start, stop int64, n int) (from, to int) {
	if start < 0 {
		start = max(0, start+int64(n))
	}
	if stop < 0 {
		stop += int64(n)
	}
	if start > stop || start >= int64(n) {
		return 0, 0
	}
	return int(start), int(min(stop, int64(n)-1)) + 1
}

func zcount(r *run, cmd []string) Reply {
	i, ok := parseInterval(cmd[2], cmd[3])
	if !ok {
		return badInterval
	}
	z, _, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	return integer(int64(len(z.filter(i, true))))
}

func zremrangebyscore(r *run, cmd []string) Reply {
	i, ok := parseInterval(cmd[2], cmd[3])
	if !ok {
		return badInterval
	}
	z, e, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	return r.keep(e, z, z.filter(i, false))
}

func zremrangebyrank(r *run, cmd []string) Reply {
	start, ok1 := parseInteger(cmd[2])
	stop, ok2 := parseInteger(cmd[3])
	if !ok1 || !ok2 {
		return notInteger
	}
	z, e, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	from, to := ranks(start, stop, len(z))
	return r.keep(e, z, slices.Delete(slices.Clone(z), from, to))
}

// selection is a ZRANGE after its options were read.
type selection struct {
	byScore, reverse, withScores bool
	offset, limit                int64 // a negative limit is none
}

func zrange(r *run, cmd []string) Reply {
	s, bad := parseSelection(r, cmd)
	if bad != nil {
		return *bad
	}
	pick, bad := s.picker(cmd[2], cmd[3])
	if bad != nil {
		return *bad
	}
	z, _, _, wrong := valueOf[zset](r, cmd[1])
	if wrong != nil {
		return *wrong
	}
	return s.reply(pick(z))
}

// parseSelection reads the options of ZRANGE, and of the older commands that are it
// with some of them fixed.
func parseSelection(r *run, cmd []string) (selection, *Reply) {
	s := selection{limit: -1}
	name := strings.ToLower(cmd[0])
	s.byScore, s.reverse = name == "zrangebyscore", name == "zrevrange"
	for words := cmd[4:]; len(words) > 0; words = words[1:] {
		switch w := strings.ToLower(words[0]); {
		case w == "withscores":
			s.withScores = true
		case w == "limit" && len(words) > 2:
			var ok1, ok2 bool
			s.offset, ok1 = parseInteger(words[1])
			s.limit, ok2 = parseInteger(words[2])
			if !ok1 || !ok2 {
				return s, &notInteger
			}
			words = words[2:]
		case w == "rev" && name == "zrange" && !s.reverse:
			s.reverse = true
		case w == "byscore" && name == "zrange" && !s.byScore:
			s.byScore = true
		case w == "bylex" && name == "zrange":
			bad := r.missing("ZRANGE BYLEX")
			return s, &bad
		default:
			return s, &badSyntax
		}
	}
	if s.limit != -1 && !s.byScore {
		bad := failure("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
		return s, &bad
	}
	return s, nil
}

// picker reads the ends of the range and returns what picks it from a set, in order.
func (s selection) picker(first, last string) (func(zset) zset, *Reply) {
	if !s.byScore {
		start, ok1 := parseInteger(first)
		stop, ok2 := parseInteger(last)
		if !ok1 || !ok2 {
			return nil, &notInteger
		}
		return func(z zset) zset {
			z = s.ordered(z)
			from, to := ranks(start, stop, len(z))
			return z[from:to]
		}, nil
	}
	if s.reverse { // the range is given from above
		first, last = last, first
	}
	i, ok := parseInterval(first, last)
	if !ok {
		return nil, &badInterval
	}
	return func(z zset) zset { return s.cut(s.ordered(z.filter(i, true))) }, nil
}

func (s selection) ordered(z zset) zset {
	if s.reverse {
		z = slices.Clone(z)
		slices.Reverse(z)
	}
	return z
}

// cut applies LIMIT. A negative offset is beyond the end.
func (s selection) cut(z zset) zset {
	if s.offset < 0 || s.offset >= int64(len(z)) {
		return nil
	}
	z = z[s.offset:]
	if s.limit >= 0 && s.limit < int64(len(z)) {
		z = z[:s.limit]
	}
	return z
}

func (s selection) reply(z zset) Reply {
	var items []drivers.Reply
	for _, m := range z {
		items = append(items, bulk(m.member))
		if s.withScores {
			items = append(items, bulk(formatScore(m.score)))
		}
	}
	return array(items)
}
