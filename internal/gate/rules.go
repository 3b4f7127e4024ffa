package gate

import (
	"bytes"
	_ "embed" // the default rules
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/rlbench/rlbench/internal/result"
)

// RulesSchemaID and RulesSchemaVersion identify the format of a file of rules.
const (
	RulesSchemaID      = "https://rlbench.dev/schema/gate-rules"
	RulesSchemaVersion = 1
)

// Rules are what a run is held against.
type Rules struct {
	Schema        string `yaml:"schema"`
	SchemaVersion int    `yaml:"schema_version"`
	// Alpha is the chance that a block of repeats without any change holds a suspect,
	// over all comparisons together; 0.05 if it is not stated.
	Alpha float64 `yaml:"alpha"`
	Rules []Rule  `yaml:"rules"`
}

// Rule is one demand on some metrics of some cells.
type Rule struct {
	// Name is what decisions are printed under; Kind is correctness, cost or latency.
	Name string `yaml:"name"`
	Kind string `yaml:"kind"`
	// Cells selects cells by their names: scenario/topology/algorithm/technique/driver
	// /client/policy, each a comma list or *; elements at the end may be left out.
	Cells string `yaml:"cells"`
	// Expected selects of these the cells of which the scenario expects that verdict: valid,
	// invalid or any; all if it is not stated.
	Expected string   `yaml:"expected"`
	Metrics  []string `yaml:"metrics"`
	// Relative and Absolute are how much worse than the baseline a metric may become, as
	// a share of it and in its own unit: the larger of both.
	Relative *float64 `yaml:"relative"`
	Absolute *float64 `yaml:"absolute"`
	// Max and Min are limits that need no baseline: Max of metrics that are better if they
	// are lower, Min of others.
	Max *float64 `yaml:"max"`
	Min *float64 `yaml:"min"`
	// Repeats is how many a block needs on both sides, if the metrics are noisy; 10 if it
	// is not stated, and never fewer.
	Repeats int `yaml:"repeats"`
	// Drift is the factor by which a noisy metric may differ between two days without any
	// change of the program: a stored baseline shows a regression only beyond it. It is
	// 2 if it is not stated, of CPU time 1.25.
	Drift float64 `yaml:"drift"`
	// Optional says that the rule is skipped, and said to be, where it has no data, no baseline or too
	// few repeats. Else the gate is inconclusive there.
	Optional bool `yaml:"optional"`

	line    int
	pattern pattern
}

// UnmarshalYAML remembers where the rule stands.
func (r *Rule) UnmarshalYAML(node ast.Node) error {
	type plain Rule
	var p plain
	if err := yaml.NodeToValue(node, &p, yaml.Strict()); err != nil {
		return err
	}
	*r = Rule(p)
	r.line = node.GetToken().Position.Line
	return nil
}

// expectations are what scenarios expect of a limiter.
var expectations = []string{"valid", "invalid", "any"}

// The defaults of a file of rules, and the bounds of what it may state.
const (
	defaultAlpha = 0.05
	// LeastRepeats is what a block needs: with fewer, chance looks like a change.
	LeastRepeats = 10
	// MostTimed is how many cells are timed together: with more, a block takes so long
	// that the machine changes within it.
	MostTimed    = 6
	daysDrift    = 2
	daysDriftCPU = 1.25
	// mostBytes keeps a file that is no rules from being parsed.
	mostBytes = 1 << 20
)

//go:embed gate.yaml
var defaults []byte

// Default is the rules of ci/gate.yaml.
func Default() *Rules {
	r, err := Read(bytes.NewReader(defaults))
	if err != nil {
		panic(fmt.Sprintf("the rules in the program: %v", err)) // a test reads them
	}
	return r
}

// Read reads and validates rules. The error is one sentence that names the line; an
// unknown kind or metric is an *Unknown.
func Read(rd io.Reader) (*Rules, error) {
	text, err := io.ReadAll(io.LimitReader(rd, mostBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read rules: %w", err)
	case len(text) > mostBytes:
		return nil, fmt.Errorf("longer than %d bytes: not a file of rules", mostBytes)
	}
	r, err := decode(text)
	if err != nil {
		return nil, err
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	return r, nil
}

// decode reads the only document of a file. The parser panics on some tags that are no
// YAML: that is a mistake in the file, too.
func decode(text []byte) (r *Rules, err error) {
	defer func() {
		if recover() != nil {
			r, err = nil, errors.New("not YAML: a tag or an anchor stands where none can be")
		}
	}()
	r = &Rules{Alpha: defaultAlpha}
	d := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	switch err := d.Decode(r); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("file is empty")
	case err != nil:
		return nil, explain(err)
	case !errors.Is(d.Decode(&struct{}{}), io.EOF):
		return nil, errors.New("a second document follows the rules")
	}
	return r, nil
}

// explain makes one line of an error of the YAML parser, which draws the source.
func explain(err error) error {
	var of yaml.Error
	if !errors.As(err, &of) || of.GetToken() == nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return errors.New(first)
	}
	line := of.GetToken().Position.Line
	var kind *yaml.TypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("line %d: %q stands where %s belongs", line, kind.Token.Value, result.Wanted(kind.DstType))
	}
	return fmt.Errorf("line %d: %s", line, strings.Join(strings.Fields(of.GetMessage()), " "))
}

func (r *Rules) validate() error {
	switch {
	case r.Schema != RulesSchemaID:
		return fmt.Errorf("schema is %q, want %q: not a file of rules", r.Schema, RulesSchemaID)
	case r.SchemaVersion > RulesSchemaVersion:
		return fmt.Errorf("written for a newer rlbench (schema_version %d); this one reads up to %d", r.SchemaVersion, RulesSchemaVersion)
	case r.SchemaVersion < 1:
		return fmt.Errorf("schema_version %d does not exist", r.SchemaVersion)
	case !(r.Alpha > 0 && r.Alpha <= 0.5):
		return fmt.Errorf("alpha is %g, want a chance above 0 and up to 0.5", r.Alpha)
	case len(r.Rules) == 0:
		return errors.New("no rules: a gate without any passes nothing")
	}
	seen := map[string]bool{}
	for i := range r.Rules {
		rule := &r.Rules[i]
		if err := rule.validate(); err != nil {
			return err
		}
		if seen[rule.Name] {
			return fmt.Errorf("line %d: a second rule is named %q", rule.line, rule.Name)
		}
		seen[rule.Name] = true
	}
	return nil
}

// validate checks a rule by itself, and fills in what it does not state.
func (r *Rule) validate() (err error) {
	if strings.TrimSpace(r.Name) == "" || strings.ContainsAny(r.Name, "\r\n") {
		return fmt.Errorf("line %d: a rule needs a name of one line", r.line)
	}
	if !slices.Contains(kinds, r.Kind) {
		return r.unknown("kind", r.Kind, kinds)
	}
	if len(r.Metrics) == 0 {
		return r.wrong("names no metrics: of this kind are %s", strings.Join(metricsOf(r.Kind), ", "))
	}
	for i, m := range r.Metrics {
		if !slices.Contains(metricsOf(r.Kind), m) {
			return r.unknown(r.Kind+" metric", m, metricsOf(r.Kind))
		}
		if slices.Contains(r.Metrics[:i], m) {
			return r.wrong("names %s twice", m)
		}
	}
	if r.Cells == "" {
		return r.wrong("selects no cells: write * for all")
	}
	if r.Expected != "" && !slices.Contains(expectations, r.Expected) {
		return r.unknown("expected verdict", r.Expected, expectations)
	}
	if r.pattern, err = readPattern(r.Cells); err != nil {
		return r.wrong("%v", err)
	}
	if err := r.numbers(); err != nil {
		return err
	}
	return r.fits()
}

// numbers checks them one by one.
func (r *Rule) numbers() error {
	for _, n := range []struct {
		name string
		v    *float64
	}{{"relative", r.Relative}, {"absolute", r.Absolute}, {"max", r.Max}, {"min", r.Min}} {
		if n.v != nil && !(*n.v >= 0 && *n.v <= math.MaxFloat64) {
			return r.wrong("%s is %g, want 0 or more", n.name, *n.v)
		}
	}
	switch {
	case r.Repeats == 0:
		r.Repeats = LeastRepeats
	case r.Repeats < LeastRepeats:
		return r.wrong("repeats is %d, want at least %d: with fewer, chance looks like a change", r.Repeats, LeastRepeats)
	}
	switch {
	case r.Drift == 0 && r.Kind == cost:
		r.Drift = daysDriftCPU
	case r.Drift == 0:
		r.Drift = daysDrift
	case !(r.Drift >= 1 && r.Drift <= math.MaxFloat64):
		return r.wrong("drift is %g, want a factor of 1 or more", r.Drift)
	}
	return nil
}

// fits checks that the rule states for each of its metrics what can be said of it.
func (r *Rule) fits() error {
	for _, name := range r.Metrics {
		m := metricNamed(name)
		switch {
		case m.of == nil && (r.relates() || r.Max != nil || r.Min != nil):
			return r.wrong("%s is no number: leave relative, absolute, max and min out", name)
		case m.of == nil:
		case r.Max != nil && m.more:
			return r.wrong("%s is better if it is higher: state min, not max", name)
		case r.Min != nil && !m.more:
			return r.wrong("%s is better if it is lower: state max, not min", name)
		case m.kind == correctness && (r.relates() || r.Max == nil):
			return r.wrong("%s has a budget, not a baseline: state max alone", name)
		case !r.relates() && r.Max == nil && r.Min == nil:
			return r.wrong("states no bound for %s: relative or absolute to a baseline, or max or min without one", name)
		}
	}
	return nil
}

// selects says that the rule is about a cell, of which some trials are given.
func (r *Rule) selects(c *cell, trials []*result.Cell) bool {
	return r.pattern.matches(c) && (r.Expected == "" || expected(trials, r.Expected))
}

// selected spells what the rule selects.
func (r *Rule) selected() string {
	cells := strings.ReplaceAll(r.Cells, ",", ", ") // a line may break there
	if r.Expected == "" {
		return cells
	}
	return cells + " and expected to be " + r.Expected
}

// relates says that the rule compares numbers with a baseline.
func (r *Rule) relates() bool { return r.Relative != nil || r.Absolute != nil }

func (r *Rule) wrong(format string, args ...any) error {
	return fmt.Errorf("%s %s", where(r.Name, r.line), fmt.Sprintf(format, args...))
}

func (r *Rule) unknown(what, name string, valid []string) error {
	return &Unknown{Rule: r.Name, Line: r.line, What: what, Name: name, Valid: valid}
}

// check demands that every word of every pattern is known.
func (r *Rules) check(known Words, cells []*cell) error {
	for i := range r.Rules {
		rule := &r.Rules[i]
		if u := rule.pattern.check(known, cells); u != nil {
			return rule.unknown(u.What, u.Name, u.Valid)
		}
	}
	return nil
}
