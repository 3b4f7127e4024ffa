package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestPickKeepsTheOrderOfTheValidNames(t *testing.T) {
	valid := []string{"naive", "multi", "lua"}
	for _, c := range []struct{ given, want []string }{
		{nil, valid},
		{[]string{"all"}, valid},
		{[]string{"lua", "naive"}, []string{"naive", "lua"}},
		{[]string{"lua", "lua"}, []string{"lua"}},
	} {
		got, err := pick("technique", c.given, valid)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("pick(%v) = %v, %v; want %v", c.given, got, err, c.want)
		}
	}
}

func TestPickNamesTheValidAndTheNearest(t *testing.T) {
	_, err := pick("driver", []string{"go-redis"}, []string{"goredis", "rueidis", "redigo"})
	if err == nil {
		t.Fatal("an unknown name was accepted")
	}
	var e *exitError
	if !errors.As(err, &e) || e.code != ExitUsage {
		t.Errorf("error %v does not have the exit code of a usage error", err)
	}
	for _, want := range []string{`"go-redis"`, "did you mean goredis?", "goredis, rueidis, redigo"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not contain %q", err, want)
		}
	}
	if _, err := pick("driver", []string{"jedis-client"}, []string{"goredis", "rueidis"}); strings.Contains(err.Error(), "did you mean") {
		t.Errorf("error %q guesses at a name that is far from all", err)
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"gcra", "gcra", 0}, {"grca", "gcra", 2}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzEditDistance(f *testing.F) {
	f.Add("naive", "native")
	f.Fuzz(func(t *testing.T, a, b string) {
		d := editDistance(a, b)
		if d != editDistance(b, a) || d < max(len(a), len(b))-min(len(a), len(b)) || d > max(len(a), len(b)) || (d == 0) != (a == b) {
			t.Errorf("editDistance(%q, %q) = %d is no distance", a, b, d)
		}
	})
}

func TestCountsAreSpelledInWords(t *testing.T) {
	for _, c := range []struct {
		n, all int
		want   string
	}{{1, 1, "1 of 1 cell is"}, {1, 9, "1 of 9 cells is"}, {9, 9, "9 of 9 cells are"}, {0, 1, "0 of 1 cell are"}} {
		if got := ofCells(c.n, c.all, "is", "are"); got != c.want {
			t.Errorf("%d of %d is spelled %q, want %q", c.n, c.all, got, c.want)
		}
	}
}
