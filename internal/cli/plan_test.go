package cli

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const twoPlanned = "seed 7\n" +
	"concurrent/standalone/gcra/lua/redigo repeat 1: limit 50 per 250ms, trial of 1.75s, expected valid\n" +
	"sweep-workers.4/standalone/gcra/lua/goredis/default repeat 1: limit 100 per 1s, trial of 1s, no verdict expected\n" +
	"2 trials, about 3s\n"

func TestPlanIsReadAndSelectedAgain(t *testing.T) {
	p, err := parsePlan(twoPlanned)
	if err != nil || len(p.trials) != 2 || p.timed() != 1 || p.trials[0].length != 1750*time.Millisecond {
		t.Fatalf("%+v, %v", p, err)
	}
	want := "--scenario=concurrent,sweep-workers.4 --topology=standalone --algorithm=gcra --technique=lua --driver=redigo,goredis --client=bounded,default"
	if got := strings.Join(p.selecting(), " "); got != want {
		t.Errorf("selected by %s, want %s", got, want)
	}
	one := p.only([]string{"concurrent/standalone/gcra/lua/redigo"})
	if len(one.trials) != 1 || one.timed() != 0 || !one.has(p.trials[0].cell) || one.has(p.trials[1].cell) {
		t.Errorf("%+v", one)
	}
	if d := p.differs(p); d != "" {
		t.Errorf("differs from itself: %s", d)
	}
	if d := one.differs(p); !strings.HasPrefix(d, "only head plays sweep-workers.4/") {
		t.Errorf("%s", d)
	}
	if d := p.differs(one); !strings.HasPrefix(d, "only base plays sweep-workers.4/") {
		t.Errorf("%s", d)
	}
}

// FuzzPlanned: what a program prints is no plan, or every trial of it can be selected.
func FuzzPlanned(f *testing.F) {
	f.Add(twoPlanned)
	f.Add("hello\n")
	f.Add("a/b/c/d/e repeat 1: limit 1 per 1s, trial of -1s, expected valid")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePlan(text)
		if err != nil {
			return
		}
		names := p.names()
		for _, trial := range p.trials {
			for i, part := range strings.Split(trial.cell, "/") {
				if i < len(names) && !slices.Contains(names[i], part) {
					t.Errorf("%q: %q is not selected", trial.cell, part)
				}
			}
		}
		if p.estimate() <= 0 && len(p.trials) < 1000 {
			t.Errorf("%q takes %s", text, p.estimate())
		}
	})
}
