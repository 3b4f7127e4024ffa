package explore

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"
)

func TestCountsAddAsNumbersDo(t *testing.T) {
	const most = math.MaxUint64
	values := []Count{{}, one, countOf(most), {hi: 1}, {hi: 1, lo: most}, {hi: most / 2, lo: most}}
	for _, a := range values {
		for _, b := range values {
			want := new(big.Int).Add(a.Big(), b.Big())
			if got := a.Plus(b); got.Big().Cmp(want) != 0 {
				t.Errorf("%v + %v = %v, want %v", a, b, got, want)
			}
		}
	}
}

func TestCountIsWrittenWithAllItsDigits(t *testing.T) {
	for _, c := range []struct {
		count Count
		text  string
		float float64
	}{
		{Count{}, "0", 0},
		{countOf(12), "12", 12},
		{countOf(math.MaxUint64).Plus(one), "18446744073709551616", 1 << 64},
		{Count{math.MaxUint64, math.MaxUint64}, "340282366920938463463374607431768211455", 3.402823669209385e38},
	} {
		if c.count.String() != c.text {
			t.Errorf("%v is spelled %s, want %s", c.count.Big(), c.count, c.text)
		}
		raw, err := json.Marshal(map[string]Count{"n": c.count})
		if want := `{"n":` + c.text + `}`; err != nil || string(raw) != want {
			t.Errorf("JSON %s, error %v, want %s", raw, err, want)
		}
		var back Count
		if err := json.Unmarshal([]byte(c.text), &back); err != nil || back != c.count {
			t.Errorf("%s is read as %v, error %v", c.text, back, err)
		}
		if c.count.Float() != c.float {
			t.Errorf("%s is %g as a float, want %g", c.text, c.count.Float(), c.float)
		}
		if c.count.IsZero() != (c.text == "0") {
			t.Errorf("%s: zero is %t", c.text, c.count.IsZero())
		}
	}
}

func TestCountIsNoOtherNumber(t *testing.T) {
	for _, text := range []string{"-1", "1.5", "1e3", `"1"`, "340282366920938463463374607431768211456"} {
		var c Count
		if err := json.Unmarshal([]byte(text), &c); err == nil {
			t.Errorf("%s is read as %v", text, c)
		}
	}
}

// A wrong number would be worse than none.
func TestCountBeyondItsSizeEndsTheExploration(t *testing.T) {
	x := &Exploration{}
	count := func() (err error) {
		defer x.catch(&err)
		Count{math.MaxUint64, math.MaxUint64}.plus(one)
		return nil
	}
	if err := count(); err == nil {
		t.Error("a sum beyond 2^128 is no error")
	}
}

// countOf returns n as a Count.
func countOf(n uint64) Count { return Count{lo: n} }
