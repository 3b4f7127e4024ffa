package gate_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// numbersOf draws n values of one order of magnitude.
func numbersOf(t *rapid.T, n int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(50, 200), n, n).Draw(t, "values")
}

// Whatever was measured, a run is no worse than itself.
func TestARunIsNoWorseThanItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := numbersOf(t, rapid.IntRange(10, 30).Draw(t, "repeats"))
		set := func(c *result.Cell, v float64) { trips(c, v); cpu(c, v); median(c, v); pace(c, v) }
		for _, b := range []gate.Block{sideBySide(set, values, values), apart(set, values, values)} {
			if r, err := gate.Judge(gate.Default(), shipped, b); err != nil || r.Outcome() != gate.Pass || len(r.Suspects()) > 0 {
				t.Fatalf("%v: %+v", err, r)
			}
		}
	})
}

// A shift beyond the tolerance, far above the noise and there in both blocks, fails: in
// pairs whatever the machine does to both sides, apart beyond what days differ by.
func TestAShiftFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := numbersOf(t, 20)
		shift := rapid.Float64Range(1.15, 10).Draw(t, "shift")
		noise := rapid.SliceOfN(rapid.Float64Range(0.99, 1.01), 20, 20).Draw(t, "noise")
		head := scaled(values, shift)
		for i := range head {
			head[i] *= noise[i]
		}
		rules, err := gate.Read(oneLatencyRule())
		if err != nil {
			t.Fatal(err)
		}
		r, err := gate.Judge(rules, shipped, sideBySide(median, values, head))
		if err != nil || r.Outcome() != gate.Fail {
			t.Fatalf("%v: shift %g: %s", err, shift, r.Findings[0].Sentence)
		}
		if r, err = gate.Judge(rules, shipped, apart(median, times(100, 20), scaled(times(100, 20), 1+shift))); err != nil || r.Outcome() != gate.Fail {
			t.Fatalf("%v: shift %g apart: %s", err, 1+shift, r.Findings[0].Sentence)
		}
	})
}

// What is slower yet is judged no milder.
func TestWorseIsNotJudgedMilder(t *testing.T) {
	order := []gate.Outcome{gate.Pass, gate.Inconclusive, gate.Suspected, gate.Fail}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(10, 24).Draw(t, "repeats")
		base, head := numbersOf(t, n), numbersOf(t, n)
		more := rapid.Float64Range(1, 8).Draw(t, "more")
		rules, err := gate.Read(oneLatencyRule())
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range []func(func(*result.Cell, float64), []float64, []float64) gate.Block{sideBySide, apart} {
			outcome := func(head []float64) int {
				r, err := gate.Judge(rules, shipped, block(median, base, head))
				if err != nil {
					t.Fatal(err)
				}
				return slices.Index(order, r.Findings[0].Outcome)
			}
			if before, after := outcome(head), outcome(scaled(head, more)); after < before {
				t.Fatalf("%s, and %g times as slow %s", order[before], more, order[after])
			}
		}
	})
}

func scaled(values []float64, factor float64) (list []float64) {
	for _, v := range values {
		list = append(list, v*factor)
	}
	return list
}

// The order of the cells in the files decides nothing, and judging changes neither side.
func TestOrderOfCellsDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, head := numbersOf(t, 12), numbersOf(t, 12)
		one, other := sideBySide(median, base, head), sideBySide(median, base, head)
		other.Base.Cells = rapid.Permutation(other.Base.Cells).Draw(t, "base")
		other.Head.Cells = rapid.Permutation(other.Head.Cells).Draw(t, "head")
		before := slices.Clone(other.Head.Cells)
		a, errA := gate.Judge(gate.Default(), shipped, one)
		b, errB := gate.Judge(gate.Default(), shipped, other)
		if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("%v, %v: %+v and %+v", errA, errB, a, b)
		}
		if !reflect.DeepEqual(before, other.Head.Cells) {
			t.Fatal("judging has changed the run")
		}
	})
}
