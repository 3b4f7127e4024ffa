package history_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/history"
)

// long writes a history of several row groups' pages and returns it with its path.
func long(t testing.TB, n int) (*history.History, string) {
	t.Helper()
	h := &history.History{Trial: trial(3)}
	for i := range n {
		at := int64(1000 * i)
		h.Ops = append(h.Ops, history.Op{Intended: at, Inv: at, Ret: at + 500, Key: int32(i % 3), Cost: 1, Remaining: int64(i), Outcome: 3})
	}
	path := filepath.Join(t.TempDir(), "long.parquet")
	if err := os.WriteFile(path, encode(t, h), 0o644); err != nil {
		t.Fatal(err)
	}
	return h, path
}

// Some rows are those of the whole: near, far apart, in any order, named twice, the
// first and the last.
func TestReadRows(t *testing.T) {
	const n = 100_000
	h, path := long(t, n)
	for _, c := range []struct{ rows, want []int }{
		{nil, nil}, {[]int{0}, []int{0}}, {[]int{n - 1}, []int{n - 1}},
		{[]int{99_000, 5, 5, 40_000}, []int{5, 40_000, 99_000}}, {[]int{70_000, 70_001}, []int{70_000, 70_001}},
	} {
		var want []history.Op
		for _, row := range c.want {
			want = append(want, h.Ops[row])
		}
		if got, err := history.ReadRows(path, c.rows); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("rows %v: %v, %v, want %v", c.rows, got, err, want)
		}
	}
}

func TestReadRowsRefusals(t *testing.T) {
	_, path := long(t, 10)
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("no history"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		rows []int
		want string
	}{
		{path, []int{3, 10}, "there is no row 10: it has 10"},
		{path, []int{-1}, "there is no row -1"},
		{other, []int{0}, "not a Parquet file"},
		{other + "2", []int{0}, "no such file"},
	} {
		if _, err := history.ReadRows(c.path, c.rows); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s rows %v: error %v, want one that says %q", c.path, c.rows, err, c.want)
		}
	}
}
