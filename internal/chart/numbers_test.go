package chart

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

func TestNumbersAreSpelledForPeople(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{number(0), "0"}, {number(0.0042), "0.0042"}, {number(0.3), "0.3"}, {number(0.994), "0.99"}, {number(0.999), "1"},
		{number(1), "1"}, {number(2.74), "2.7"}, {number(9.94), "9.9"}, {number(9.96), "10"}, {number(999.5), "1,000"}, {number(1234567), "1,234,567"},
		{excess(0), "0"}, {excess(1.82), "+182 %"}, {excess(30), "+3,000 %"}, {excess(0.004), "+0.4 %"}, {share(3.18), "318 %"},
		{micros(0), "0"}, {micros(0.8), "0.8 µs"}, {micros(250), "250 µs"}, {micros(999.4), "999 µs"}, {micros(999.6), "1 ms"}, {micros(1000), "1 ms"},
		{micros(1240), "1.2 ms"}, {micros(999_700), "1 s"}, {micros(2.5e6), "2.5 s"}, {micros(6e7), "60 s"},
		{perSecond(850), "850 /s"}, {perSecond(1200), "1.2 k/s"}, {perSecond(21_400), "21 k/s"}, {perSecond(1.3e6), "1.3 M/s"},
		{octets(135), "135 B"}, {octets(1200), "1.2 kB"}, {octets(2e6), "2 MB"},
		{span(250, 480, micros), "250–480 µs"}, {span(850, 1200, micros), "850 µs to 1.2 ms"}, {span(100.1, 100.2, micros), "100 µs"}, {span(1, 3, number), "1–3"},
	} {
		if got := strings.ReplaceAll(tc.got, nbsp, " "); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

func TestNiceSteps(t *testing.T) {
	for hi := 1e-4; hi < 1e9; hi *= 1.07 {
		for n := 3; n <= 8; n++ {
			steps := niceSteps(hi, n)
			if len(steps) == 0 || !slices.IsSorted(steps) {
				t.Fatalf("niceSteps(%g, %d) = %v", hi, n, steps)
			}
			for _, s := range steps {
				if above := len(multiples(s, hi)) - 1; above < 1 || above > n {
					t.Errorf("niceSteps(%g, %d): %g gives %d ticks above zero", hi, n, s, above)
				}
			}
		}
	}
	if got, want := niceSteps(3.83, 5), []float64{1, 2}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	if got, want := multiples(2, 6), []float64{0, 2, 4, 6}; !slices.Equal(got, want) {
		t.Errorf("multiples %v, want %v", got, want)
	}
}

func TestLogScaleEnclosesItsValues(t *testing.T) {
	for lo := 0.05; lo < 1e7; lo *= 1.37 {
		for _, ratio := range []float64{1, 1.01, 3, 40, 1e3, 1e8} {
			hi := lo * ratio
			s := newLogScale(lo, hi, 8)
			if s.lo > lo*(1+1e-6) || s.hi < hi*(1-1e-6) || s.hi <= s.lo || s.ticks[0] != s.lo || s.ticks[len(s.ticks)-1] != s.hi {
				t.Errorf("newLogScale(%g, %g) = %+v", lo, hi, s)
			}
			if a, b := s.at(lo), s.at(hi); a < 0 || b > 1 || a > b {
				t.Errorf("newLogScale(%g, %g) places them at %g and %g", lo, hi, a, b)
			}
		}
	}
	if got, want := newLogScale(70, 3500, 8).ticks, []float64{50, 100, 200, 500, 1000, 2000, 5000}; !slices.Equal(got, want) {
		t.Errorf("ticks %v, want %v", got, want)
	}
}

func TestNinesAreEquallyFarApart(t *testing.T) {
	a, b, c := nines(90), nines(99), nines(99.9)
	if math.Abs((b-a)-(c-b)) > 1e-9 || a <= nines(50) {
		t.Errorf("p50, p90, p99, p99.9 at %g, %g, %g, %g", nines(50), a, b, c)
	}
}

func TestSpreadLabels(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		want := make([]vg.Length, 1+rng.IntN(12))
		for i := range want {
			want[i] = vg.Length(rng.Float64() * 100)
		}
		slices.Sort(want)
		at := spread(want, 10, 0, 120)
		for i := range at {
			if i > 0 && at[i]-at[i-1] < 10-1e-9 {
				t.Fatalf("spread(%v) = %v: labels %d and %d touch", want, at, i-1, i)
			}
			if at[i] < -1e-9 || at[i] > 120+1e-9 {
				t.Fatalf("spread(%v) = %v: label %d is out of bounds", want, at, i)
			}
		}
	}
}

func TestSpreadMovesNoMoreThanItMust(t *testing.T) {
	for _, tc := range []struct{ want, at []vg.Length }{
		{[]vg.Length{10, 30, 60}, []vg.Length{10, 30, 60}},
		{[]vg.Length{10, 50, 52}, []vg.Length{10, 46, 56}},
		{[]vg.Length{50, 50, 50}, []vg.Length{40, 50, 60}},
		{[]vg.Length{1, 2}, []vg.Length{0, 10}},
		{[]vg.Length{99, 100}, []vg.Length{90, 100}},
	} {
		if got := spread(tc.want, 10, 0, 100); !slices.Equal(got, tc.at) {
			t.Errorf("spread(%v) = %v, want %v", tc.want, got, tc.at)
		}
	}
}
