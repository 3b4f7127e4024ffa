package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// Words are the names that exist: those of the program. A rule may also use the
// names that occur in the data.
type Words struct{ Scenarios, Topologies, Algorithms, Techniques, Drivers, Clients, Policies []string }

// part is one element of a cell's name.
type part struct {
	what string
	// known are its words in the program, of those that select a cell by it.
	known func(Words) []string
	of    func(*result.Cell) []string
}

// parts are the elements of a cell's name, in their order. Names leave the client out
// where it is the default, so that the policy may stand in its place.
var parts = []part{
	{"scenario", func(w Words) []string { return w.Scenarios }, func(c *result.Cell) []string { return []string{c.Scenario, c.Played()} }},
	{"topology", func(w Words) []string { return w.Topologies }, func(c *result.Cell) []string { return []string{c.Topology} }},
	{"algorithm", func(w Words) []string { return w.Algorithms }, func(c *result.Cell) []string { return []string{c.Algorithm} }},
	{"technique", func(w Words) []string { return w.Techniques }, func(c *result.Cell) []string { return []string{c.Technique} }},
	{"driver", func(w Words) []string { return w.Drivers }, func(c *result.Cell) []string { return []string{c.Driver} }},
	{"client or policy", func(w Words) []string { return slices.Concat(w.Clients, w.Policies) }, func(c *result.Cell) []string { return []string{c.Client, policy(c)} }},
	{"policy", func(w Words) []string { return w.Policies }, func(c *result.Cell) []string { return []string{policy(c)} }},
}

// policy is the word for a cell's failure policy.
func policy(c *result.Cell) string { return cmp.Or(c.Policy, history.NoPolicy) }

// wordsOf are those that select a cell, of every part of its name.
func wordsOf(c *result.Cell) (words [][]string) {
	for _, p := range parts {
		words = append(words, p.of(c))
	}
	return words
}

// valid are the words for the i-th part: those of the program and of the cells.
func (w Words) valid(i int, cells []*cell) []string {
	list := slices.Clone(parts[i].known(w))
	for _, c := range cells {
		for _, word := range c.words[i] {
			if !slices.Contains(list, word) {
				list = append(list, word)
			}
		}
	}
	return list
}

// Unknown is a word in a rule that stands for nothing.
type Unknown struct {
	// Rule and Line say where it stands; Rule may be empty.
	Rule string
	Line int
	// What it should be: a metric, a scenario. Valid are the words that are.
	What, Name string
	Valid      []string
}

// Where says in which rule, and in which line of the file, the word stands.
func (u *Unknown) Where() string { return where(u.Rule, u.Line) }

func (u *Unknown) Error() string {
	return fmt.Sprintf("%s: unknown %s %q: valid are %s", u.Where(), u.What, u.Name, strings.Join(u.Valid, ", "))
}

func where(rule string, line int) string {
	if rule == "" {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("line %d: rule %q", line, rule)
}

// pattern selects cells by the elements of their names: a list of words for each, or
// nil for all. Elements that are not there select all.
type pattern [][]string

// readPattern reads "baseline,saturate/*/gcra/lua".
func readPattern(text string) (pattern, error) {
	elements := strings.Split(text, "/")
	if len(elements) > len(parts) {
		return nil, fmt.Errorf("cells %q has %d elements, want at most scenario/topology/algorithm/technique/driver/client/policy", text, len(elements))
	}
	p := make(pattern, len(elements))
	for i, e := range elements {
		if e == "*" {
			continue
		}
		for word := range strings.SplitSeq(e, ",") {
			if word = strings.TrimSpace(word); word == "" || strings.Contains(word, "*") {
				return nil, fmt.Errorf("cells %q: %q is no %s: write a comma list of names, or * for all", text, e, parts[i].what)
			}
			p[i] = append(p[i], word)
		}
	}
	return p, nil
}

// matches says whether the pattern selects the cell.
func (p pattern) matches(c *cell) bool {
	for i, words := range p {
		if words != nil && !slices.ContainsFunc(c.words[i], func(w string) bool { return slices.Contains(words, w) }) {
			return false
		}
	}
	return true
}

// check names the first word that no cell of any run can have.
func (p pattern) check(known Words, cells []*cell) *Unknown {
	for i, words := range p {
		if words == nil {
			continue
		}
		valid := known.valid(i, cells)
		for _, w := range words {
			if !slices.Contains(valid, w) {
				return &Unknown{What: parts[i].what, Name: w, Valid: valid}
			}
		}
	}
	return nil
}
