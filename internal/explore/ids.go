package explore

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// A program draws ids that nobody else ever gets. Were they numbers that are never given
// out twice, states would be kept apart that differ in nothing else: by which client
// drew first, and by how many were drawn in vain. So a program sees its own ids as
// symbols: its first, its second. One gets a name when the first request that holds it
// is sent: the smallest number that occurs nowhere any more. In replies to its client
// the name is the symbol again. An id must be sent as it was drawn.

const (
	// symbolPrefix begins a symbol, idPrefix a name.
	symbolPrefix, idPrefix = "\x00#", "id"
	// maxDrawn is the most ids that one request draws, maxNames how many names there are.
	maxDrawn, maxNames = 8, 64
	// unnamed is the name of an id that was not sent yet.
	unnamed = 255
)

func symbol(n int) string { return symbolPrefix + strconv.Itoa(n) }

// symbolsIn are the symbols in a text, a bit each.
func symbolsIn(text string) (symbols uint8) {
	for n := range maxDrawn {
		for rest := text; ; {
			_, behind, found := strings.Cut(rest, symbol(n))
			if !found {
				break
			}
			if behind != "" && isDigit(behind[0]) {
				refuse("it sends an id with a digit right behind it: where the id ends could not be told")
			}
			symbols |= 1 << n
			rest = behind
		}
	}
	return symbols
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// idsIn are the names that may occur in a text, a bit each. It must be a text of its own:
// in an encoding, where a length may look like a digit, a name could be taken for another.
func idsIn(text string) (ids uint64) {
	eachName(text, func(_, _, n int) {
		if n < maxNames {
			ids |= 1 << n
		}
	})
	return ids
}

// eachName calls fn for every id's name in a text, text[from:to], with its number.
func eachName(text string, fn func(from, to, number int)) {
	for at := 0; ; {
		i := strings.Index(text[at:], idPrefix)
		if i < 0 {
			return
		}
		from := at + i
		at = from + len(idPrefix)
		for at < len(text) && isDigit(text[at]) {
			at++
		}
		if n, err := strconv.Atoi(text[from+len(idPrefix) : at]); err == nil {
			fn(from, at, n)
		}
	}
}

// newBindings has the binding of a client that has sent no id as number 0.
func newBindings() *interned[[]uint8] {
	t := newInterned[[]uint8]()
	t.id("", nil)
	return t
}

// bind names the ids that a client's next request sends for the first time, and returns
// the number of the request with the names in it.
func (x *Exploration) bind(s *state, i int) int32 {
	t := x.tables
	r := x.at(s, i).request
	symbols := t.requests.values[r].symbols
	if symbols == 0 {
		return r
	}
	c := &s.clients[i]
	names := slices.Clone(t.bindings.values[c.ids])
	for n := range bits.Len8(symbols) {
		if n == len(names) {
			names = append(names, unnamed)
		}
		if names[n] == unnamed && symbols>>n&1 > 0 {
			names[n] = x.free(s, names)
		}
	}
	c.ids = t.bindings.id(string(names), names)
	return t.withNames(named{r, c.ids})
}

// free is the smallest name that occurs nowhere any more: not in a keyspace, not in what
// a client in the middle of a request has sent or heard of, and not in a request that is
// still on its way.
func (x *Exploration) free(s *state, own []uint8) uint8 {
	t := x.tables
	taken := t.stores.values[s.store].ids | bitsOf(own)
	for _, past := range t.pasts.values[s.past] {
		taken |= t.stores.values[past].ids
	}
	for i, c := range s.clients {
		if c.busy() {
			taken |= x.at(s, i).ids | bitsOf(t.bindings.values[c.ids])
		}
	}
	for _, l := range t.abandoned.values[s.late] {
		taken |= t.requests.values[l.request].ids
	}
	n := bits.TrailingZeros64(^taken)
	if n == maxNames {
		refuse("more than %d ids are in use at the same time", maxNames)
	}
	return uint8(n)
}

func bitsOf(names []uint8) (ids uint64) {
	for _, n := range names {
		if n != unnamed {
			ids |= 1 << n
		}
	}
	return ids
}

// named is a request, or a response, and the names of its client's ids.
type named struct{ what, ids int32 }

// withNames is a request with names for symbols.
func (t *tables) withNames(n named) int32 {
	id, known := t.bound[n]
	if !known {
		id = t.requestID(inNames(t.requests.values[n.what].Request, t.bindings.values[n.ids]))
		t.bound[n] = id
	}
	return id
}

func inNames(r modelredis.Request, names []uint8) modelredis.Request {
	r.Commands = clone(r.Commands)
	for _, cmd := range r.Commands {
		for i := range cmd {
			cmd[i] = spellNames(cmd[i], names)
		}
	}
	return r
}

// spellNames writes names for symbols.
func spellNames(text string, names []uint8) string {
	for n, name := range names {
		if name != unnamed {
			text = strings.ReplaceAll(text, symbol(n), idPrefix+strconv.Itoa(int(name)))
		}
	}
	return text
}

// seenBy is a response as its client sees it: with symbols for the names of its own ids.
func (t *tables) seenBy(response, ids int32) int32 {
	names := t.bindings.values[ids]
	if len(names) == 0 {
		return response
	}
	key := named{response, ids}
	id, known := t.seen[key]
	if !known {
		id = t.responseID(t.responses.values[response].mapped(func(text string) string { return spellSymbols(text, names) }))
		t.seen[key] = id
	}
	return id
}

func spellSymbols(text string, names []uint8) string {
	var out strings.Builder
	last := 0
	eachName(text, func(from, to, number int) {
		if n := slices.Index(names, uint8(number)); n >= 0 && number < maxNames {
			fmt.Fprint(&out, text[last:from], symbol(n))
			last = to
		}
	})
	return out.String() + text[last:]
}

// asSent is a response as it was sent: with names for symbols.
func (t *tables) asSent(n named) response {
	names := t.bindings.values[n.ids]
	return t.responses.values[n.what].mapped(func(text string) string { return spellNames(text, names) })
}

// ids are the names in a response, a bit each.
func (r response) ids() (ids uint64) {
	r.mapped(func(text string) string {
		ids |= idsIn(text)
		return text
	})
	return ids
}

// mapped is a response with other texts.
func (r response) mapped(to func(string) string) response {
	r.replies = slices.Clone(r.replies)
	for i := range r.replies {
		r.replies[i].Reply = mapReply(r.replies[i].Reply, to)
	}
	return r
}

func mapReply(r drivers.Reply, to func(string) string) drivers.Reply {
	r.Text = to(r.Text)
	r.Items = slices.Clone(r.Items)
	for i := range r.Items {
		r.Items[i] = mapReply(r.Items[i], to)
	}
	return r
}
