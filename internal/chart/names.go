package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rlbench/rlbench/internal/result"
)

// proper spells the identifiers of which no list of plug-ins has a title, in the
// order of charts: topologies, techniques and drivers, whose names are the proper
// names of Redis and of its clients, and the protocols of remote limiters. All others come after these, sorted by name.
var proper = []struct{ name, title string }{
	{"standalone", "standalone"}, {"sentinel", "Sentinel"}, {"cluster", "Cluster"},
	{"naive", "naive"}, {"multi", "MULTI"}, {"lua", "Lua"},
	{"goredis", "go-redis"}, {"rueidis", "rueidis"}, {"redigo", "redigo"},
	{"http", "HTTP"}, {"rls", "Envoy's protocol"}, {"throttle", "CL.THROTTLE"},
}

// rank is the position of an identifier in charts.
func rank(name string) int {
	for i, p := range proper {
		if p.name == name {
			return i
		}
	}
	return len(proper)
}

// order compares names part by part, as goredis/cluster and goredis/sentinel.
func order(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "/"), strings.Split(b, "/"), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

// titles spells and orders algorithms and scenarios as the run says: a stored result
// may name what is no longer, or never was, in this program.
type titles []result.Title

// rank is the position of the first part of a name; names without a title come last.
func (t titles) rank(name string) int {
	first, _, _ := strings.Cut(name, "/")
	for i, it := range t {
		if it.Name == first {
			return i
		}
	}
	return len(t)
}

// sorted puts names into the order of the run.
func (t titles) sorted(names []string) []string {
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(t.rank(a), t.rank(b)) })
	return names
}

// of spells a name: "go-redis (default, Cluster)" for goredis/default/cluster.
func (t titles) of(name string) string {
	parts := mapped(strings.Split(name, "/"), t.part)
	if len(parts) == 1 {
		return parts[0]
	}
	return parts[0] + " (" + strings.Join(parts[1:], ", ") + ")"
}

// headed spells a name as a head and a note beside it: "GCRA" and "Lua".
func (t titles) headed(name string) (head, note string) {
	parts := mapped(strings.Split(name, "/"), t.part)
	return parts[0], strings.Join(parts[1:], ", ")
}

func (t titles) part(name string) string {
	if i := t.rank(name); i < len(t) {
		return t[i].Title
	}
	if i := rank(name); i < len(proper) {
		return proper[i].title
	}
	return name
}

// title spells a name without an algorithm or a scenario in it.
func title(name string) string { return titles(nil).of(name) }

// distinct returns the names that the cells have, in the order of charts, which
// does not depend on the order of the cells: a run interleaves them.
func distinct(cells []result.Cell, name func(result.Cell) string) []string {
	var names []string
	for _, c := range cells {
		names = append(names, name(c))
	}
	slices.SortFunc(names, order)
	return slices.Compact(names)
}

// list joins names as a sentence does, and counts them if they are too many to
// read: "naive, MULTI and Lua", "12 techniques".
func list(names []string, plural string) string {
	switch n := len(names); {
	case n > 4:
		return fmt.Sprintf("%d %s", n, plural)
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// mapped applies f to every element.
func mapped[A, B any](in []A, f func(A) B) []B {
	out := make([]B, 0, len(in))
	for _, a := range in {
		out = append(out, f(a))
	}
	return out
}

// sentence begins with a capital.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// count spells a number of things: "1 trial", "9 trials".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
