package all_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/algorithms/gcra"
	"github.com/rlbench/rlbench/algorithms/tokenbucket"
)

// A new algorithm is a folder and a line in the list; this names a forgotten line.
func TestEveryFolderIsListed(t *testing.T) {
	var listed []string
	for _, a := range all.Algorithms() {
		listed = append(listed, a.Name)
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains([]string{"all", "algotest", "patterns", "policy", "testdata"}, e.Name()) && !slices.Contains(listed, e.Name()) {
			t.Errorf("algorithms/%s is not in all.Algorithms", e.Name())
		}
	}
}

func TestDescriptionsAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, a := range all.Algorithms() {
		if a.Name == "" || a.Title == "" || names[a.Name] {
			t.Errorf("algorithm %q (%s) has no name, no title or the name of another", a.Name, a.Title)
		}
		names[a.Name] = true
		if err := a.Validate(); err != nil {
			t.Error(err)
		}
		l := algorithms.NewLimit(10, time.Second)
		if c := a.Contract(l); c.Limit != l || c.Kind == "" || c.Granularity == 0 && c.Kind != algorithms.Unlimited {
			t.Errorf("%s: incomplete contract %+v", a.Name, c)
		}
		techniques := map[string]bool{}
		for _, tech := range a.Techniques {
			if tech.Name == "" || tech.About == "" || techniques[tech.Name] || tech.NoServer != (tech.Trips == 0) {
				t.Errorf("%s: incomplete technique %+v", a.Name, tech)
			}
			techniques[tech.Name] = true
		}
	}
}

// GCRA and the token bucket are one contract in two forms: no sequence of
// requests tells them apart.
func TestGCRAIsATokenBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := algorithms.Limit{
			L: rapid.Int64Range(1, 50_000).Draw(t, "L"),
			W: time.Duration(rapid.Int64Range(1, 5000).Draw(t, "W")) * time.Millisecond,
			B: rapid.Int64Range(1, 100).Draw(t, "B"),
		}
		one, two := gcra.Algorithm().Model(l), tokenbucket.Algorithm().Model(l)
		at := algorithms.Instant(1_700_000_000_000_000)
		for range rapid.IntRange(1, 50).Draw(t, "requests") {
			at += algorithms.Instant(rapid.Int64Range(0, 2*l.W.Microseconds()/l.L+1).Draw(t, "gap"))
			n := rapid.Int64Range(1, l.B+1).Draw(t, "cost")
			var a, b algorithms.Decision
			one, a = one.Step(at, n)
			two, b = two.Step(at, n)
			if a != b {
				t.Fatalf("GCRA decides %+v, the token bucket %+v", a, b)
			}
		}
	})
}
