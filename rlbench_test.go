package rlbench

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/cli"
)

// A mistake in a registration must be named before anything runs: it would else show
// as an empty matrix, or as a cell that overwrites another.
func TestWrongRegistrationsAreNamed(t *testing.T) {
	good := algorithms.Technique{Name: "mine", About: "It admits.", New: func(drivers.Conn, algorithms.Limit, algorithms.Env) algorithms.Limiter { return nil }}
	with := func(change func(*algorithms.Technique)) Plugins {
		tech := good
		change(&tech)
		return Plugins{Techniques: map[string][]algorithms.Technique{"gcra": {tech}}}
	}
	for want, m := range map[string]Plugins{
		"":                                  with(func(*algorithms.Technique) {}),
		`no algorithm "leaky"`:              {Techniques: map[string][]algorithms.Technique{"leaky": {good}}},
		"two techniques named lua":          with(func(t *algorithms.Technique) { t.Name = "lua" }),
		"lower-case":                        with(func(t *algorithms.Technique) { t.Name = "My Limiter" }),
		"About must say":                    with(func(t *algorithms.Technique) { t.About = "" }),
		"exactly one of New, Open and Lazy": with(func(t *algorithms.Technique) { t.New = nil }),
		"Driver is for techniques":          with(func(t *algorithms.Technique) { t.Driver = "goredis" }),
		"has no title":                      {Algorithms: []algorithms.Algorithm{{Name: "leaky"}}},
		"states no contract":                {Algorithms: []algorithms.Algorithm{{Name: "leaky", Title: "Leaky"}}},
		"two algorithms are named gcra":     {Algorithms: []algorithms.Algorithm{algorithmlist.Algorithms()[3]}},
		"two drivers are named goredis":     {Drivers: driverlist.Drivers()[:1]},
		`algorithm "": a name is lower-`:    {Algorithms: []algorithms.Algorithm{{}}},
	} {
		p := cli.Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers()}
		err := m.addTo(&p)
		switch {
		case want == "" && err != nil:
			t.Errorf("a good registration: %v", err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// The built-in lists are package variables of nobody: adding to one program must not
// change another.
func TestPluginsLeaveTheBuiltInListsAlone(t *testing.T) {
	p := cli.Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers()}
	before := len(algorithmlist.Algorithms()[3].Techniques)
	tech := algorithms.Technique{Name: "mine", About: "It admits.", New: func(drivers.Conn, algorithms.Limit, algorithms.Env) algorithms.Limiter { return nil }}
	if err := (Plugins{Techniques: map[string][]algorithms.Technique{"gcra": {tech}}}).addTo(&p); err != nil {
		t.Fatal(err)
	}
	if got := len(p.Algorithms[3].Techniques); got != before+1 || len(algorithmlist.Algorithms()[3].Techniques) != before {
		t.Errorf("the program has %d techniques of GCRA, the list %d; before %d", got, len(algorithmlist.Algorithms()[3].Techniques), before)
	}
}
