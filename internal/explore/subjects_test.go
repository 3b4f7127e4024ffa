package explore

import (
	"context"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
)

// everySubject is every technique that can be explored, those that are kept as evidence
// included, and every pattern.
func everySubject(t testing.TB) (list []Subject) {
	t.Helper()
	for _, a := range all.Algorithms() {
		if a.Control {
			continue
		}
		for _, technique := range a.Techniques {
			s, err := Limiter(a, technique)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, s)
		}
	}
	for _, p := range patterns.All() {
		list = append(list, Pattern(p))
	}
	return list
}

func subject(t testing.TB, name string) Subject {
	t.Helper()
	for _, s := range everySubject(t) {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no subject %s", name)
	return Subject{}
}

func scenario(t testing.TB, name string) Scenario {
	t.Helper()
	for _, s := range Scenarios() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no scenario %s", name)
	return Scenario{}
}

func limit(l int64) algorithms.Limit { return algorithms.NewLimit(l, time.Second) }

func exploration(t testing.TB, name string, l int64) *Exploration {
	t.Helper()
	return New(subject(t, name), limit(l), DefaultBudget)
}

func explore(t testing.TB, x *Exploration, s Scenario) *Graph {
	t.Helper()
	g, err := x.Explore(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// run is the program of a role in a test.
type run func(context.Context, drivers.Conn, algorithms.Env) (string, error)

// roles is a pattern of programs that only a test has. judge may be nil.
func roles(judge func(patterns.End) string, runs ...run) Subject {
	p := patterns.Program{Pattern: "test", Name: "program", Promise: "what the test says", Judge: judge}
	if judge == nil {
		p.Judge = func(patterns.End) string { return "" }
	}
	for _, r := range runs {
		p.Roles = append(p.Roles, patterns.Role{Name: "role", Run: r})
	}
	return Pattern(p)
}

// sends is a program of commands, one after the other.
func sends(cmds ...drivers.Command) run {
	return func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
		for _, cmd := range cmds {
			if _, err := conn.Do(ctx, cmd...); err != nil {
				return "", err
			}
		}
		return "done", nil
	}
}
