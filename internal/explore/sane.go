package explore

import (
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// A program whose every request ends in an error admits nothing and breaks nothing, and a
// program that reads the machine's clock lives in another time than its server. Neither
// must be called clean.

// mostAlone is the most requests that are tried alone.
const mostAlone = 5

// tryAlone refuses a limiter whose request ends in an error although nobody else is there
// and nothing happens: one request more than the limit, so that it has to deny too.
func (x *Exploration) tryAlone(b bounds) {
	if x.subject.pattern != nil {
		return
	}
	b.clients, b.requests, b.left = 1, int(min(x.limit.L+1, mostAlone)), [events]uint8{}
	s := x.first(b)
	for n := 1; !s.clients[0].done(); {
		s = x.begun(s, 0)
		_, end := x.stepped(b, &s, 0)
		if end == nil {
			continue
		}
		if end.outcome != algorithms.Allowed && end.outcome != algorithms.Denied {
			refuse("request %d of a client that is alone ends in an error (%s): nothing could be told of it", n, end.text)
		}
		n++
	}
}

// born is about when this program was started.
var born = time.Now()

// realTime finds a number in a text that is the time of the machine, within a day, in
// seconds, milliseconds, microseconds or nanoseconds; empty for none.
func realTime(text string) string {
	for _, number := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		unit, known := map[int]time.Duration{10: time.Second, 13: time.Millisecond, 16: time.Microsecond, 19: time.Nanosecond}[len(number)]
		if !known {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		day := int64(24 * time.Hour / unit)
		if off := n - born.UnixNano()/int64(unit); err == nil && -day < off && off < day {
			return number
		}
	}
	return ""
}
