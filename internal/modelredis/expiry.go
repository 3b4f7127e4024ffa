package modelredis

import (
	"math"
	"slices"
	"strings"
)

var expiryCommands = []command{
	{"expire", -3, 1, 1, 1, true, expire},
	{"pexpire", -3, 1, 1, 1, true, expire},
	{"expireat", -3, 1, 1, 1, true, expire},
	{"pexpireat", -3, 1, 1, 1, true, expire},
	{"persist", 2, 1, 1, 1, true, persist},
	{"ttl", 2, 1, 1, 1, false, ttl},
	{"pttl", 2, 1, 1, 1, false, ttl},
	{"expiretime", 2, 1, 1, 1, false, ttl},
	{"pexpiretime", 2, 1, 1, 1, false, ttl},
}

// options are the flags of SET and GETEX, and the one among them that has a time.
type options struct {
	has        map[string]bool
	unit, time string // unit is ex, px, exat or pxat; empty for none
}

// excluded lists, for each option, those that it does not go with. An option may be
// repeated, and the last one counts.
var excluded = map[string][]string{
	"nx": {"xx"}, "xx": {"nx"}, "get": nil,
	"keepttl": {"persist", "ex", "px", "exat", "pxat"}, "persist": {"keepttl", "ex", "px", "exat", "pxat"},
	"ex": {"keepttl", "persist", "px", "exat", "pxat"}, "px": {"keepttl", "persist", "ex", "exat", "pxat"},
	"exat": {"keepttl", "persist", "ex", "px", "pxat"}, "pxat": {"keepttl", "persist", "ex", "px", "exat"},
}

func parseOptions(words []string, allowed ...string) (options, bool) {
	o := options{has: map[string]bool{}}
	for i := 0; i < len(words); i++ {
		w := strings.ToLower(words[i])
		if !slices.Contains(allowed, w) || slices.ContainsFunc(excluded[w], func(x string) bool { return o.has[x] }) {
			return o, false
		}
		o.has[w] = true
		if timed := slices.Contains([]string{"ex", "px", "exat", "pxat"}, w); !timed {
			continue
		}
		if i++; i == len(words) {
			return o, false
		}
		o.unit, o.time = w, words[i]
	}
	return o, true
}

// deadline computes the deadline that the options ask for, never if none. Unlike
// EXPIRE, SET refuses a time that is not positive.
func (o options) deadline(r *run, name string) (int64, *Reply) {
	if o.unit == "" {
		return never, nil
	}
	n, ok := parseInteger(o.time)
	if !ok {
		return 0, &notInteger
	}
	seconds, absolute := o.unit[0] == 'e', strings.HasSuffix(o.unit, "at")
	at, ok := r.deadline(n, seconds, absolute)
	if n <= 0 || !ok {
		bad := badExpire(name)
		return 0, &bad
	}
	return at, nil
}

// deadline converts a time in seconds or milliseconds, from 1970 or from now, to
// milliseconds since 1970. The clock is rounded down to the millisecond. It reports
// whether the sum is an int64.
func (r *run) deadline(n int64, seconds, absolute bool) (int64, bool) {
	if seconds {
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			return 0, false
		}
		n *= 1000
	}
	if absolute {
		return n, true
	}
	if n > math.MaxInt64-r.milli() {
		return 0, false
	}
	return n + r.milli(), true
}

// expire is EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT. A deadline that is now or past
// deletes the key at once; one that is set to it by other commands lives through its
// millisecond.
func expire(r *run, cmd []string) Reply {
	name := strings.ToLower(cmd[0])
	flags, bad := expireFlags(cmd[3:])
	if bad != nil {
		return *bad
	}
	n, ok := parseInteger(cmd[2])
	if !ok {
		return notInteger
	}
	at, ok := r.deadline(n, name[0] == 'e', strings.HasSuffix(name, "at"))
	if !ok {
		return badExpire(name)
	}
	e, found := r.get(cmd[1])
	if !found || !flags.allow(e.deadline, at) {
		return integer(0)
	}
	if at <= r.milli() {
		r.remove(e.key)
		return integer(1)
	}
	e.deadline = at
	r.put(e)
	return integer(1)
}

// conditions are the flags of EXPIRE.
type conditions struct{ nx, xx, gt, lt bool }

func expireFlags(words []string) (conditions, *Reply) {
	var c conditions
	for _, w := range words {
		switch strings.ToLower(w) {
		case "nx":
			c.nx = true
		case "xx":
			c.xx = true
		case "gt":
			c.gt = true
		case "lt":
			c.lt = true
		default:
			shown, _, _ := strings.Cut(w, "\x00") // where a text of C ends
			bad := failure("ERR Unsupported option " + oneLine(shown))
			return c, &bad
		}
	}
	if c.nx && (c.xx || c.gt || c.lt) {
		bad := failure("ERR NX and XX, GT or LT options at the same time are not compatible")
		return c, &bad
	}
	if c.gt && c.lt {
		bad := failure("ERR GT and LT options at the same time are not compatible")
		return c, &bad
	}
	return c, nil
}

// allow compares deadlines; a key without one is taken to live for ever.
func (c conditions) allow(old, at int64) bool {
	switch {
	case c.nx && old != never, c.xx && old == never:
		return false
	case c.gt && (old == never || at <= old), c.lt && old != never && at >= old:
		return false
	}
	return true
}

func persist(r *run, cmd []string) Reply {
	e, _ := r.get(cmd[1])
	return boolean(r.persist(e))
}

// persist removes a deadline and reports whether there was one.
func (r *run) persist(e entry) bool {
	if e.deadline == never {
		return false
	}
	e.deadline = never
	r.put(e)
	return true
}

// ttl is TTL, PTTL, EXPIRETIME and PEXPIRETIME. Seconds are rounded half up.
func ttl(r *run, cmd []string) Reply {
	e, found := r.get(cmd[1])
	switch {
	case !found:
		return integer(-2)
	case e.deadline == never:
		return integer(-1)
	}
	name, t := strings.ToLower(cmd[0]), e.deadline
	if strings.HasSuffix(name, "ttl") {
		t = max(0, t-r.milli())
	}
	if name[0] != 'p' {
		t = int64((uint64(t) + 500) / 1000)
	}
	return integer(t)
}
