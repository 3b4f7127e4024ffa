package algorithms_test

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// A broken program without its repair would be bad advice, and one that is repaired by
// another broken one would be worse.
func TestValidateOfOrigins(t *testing.T) {
	found := algorithms.Origin{Source: "a book", Flaw: "it forgets", Repair: "right"}
	for _, c := range []struct {
		origin, repair algorithms.Origin
		atomic         bool
		want           string
	}{
		{origin: algorithms.Origin{}, atomic: true},
		{origin: found, atomic: true},
		{origin: found, repair: algorithms.Origin{Source: "its second edition"}, atomic: true},
		{origin: algorithms.Origin{Flaw: "it forgets", Repair: "right"}, atomic: true, want: "where it is found"},
		{origin: algorithms.Origin{Source: "a book", Flaw: "it forgets"}, atomic: true, want: "both Flaw and Repair"},
		{origin: algorithms.Origin{Source: "a book", Repair: "right"}, atomic: true, want: "both Flaw and Repair"},
		{origin: algorithms.Origin{Source: "a book", Flaw: "it forgets", Repair: "left"}, atomic: true, want: `has no technique "left"`},
		{origin: found, want: "broken too"},
		{origin: found, repair: algorithms.Origin{Source: "a blog", Flaw: "it leaks", Repair: "wrong"}, atomic: true, want: "broken too"},
	} {
		a := algorithms.Algorithm{
			Name: "memo", Title: "Memo",
			Contract: func(l algorithms.Limit) algorithms.Contract { return algorithms.Contract{Limit: l} },
			Techniques: []algorithms.Technique{
				{Name: "wrong", About: "Forgets.", New: none, Origin: c.origin},
				{Name: "right", About: "Remembers.", New: none, Origin: c.repair, Atomic: c.atomic},
			},
		}
		err := a.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v repaired by %+v: error is %v, want %q", c.origin, c.repair, err, c.want)
		}
	}
}

func none(drivers.Conn, algorithms.Limit, algorithms.Env) algorithms.Limiter { return nil }
