package drivers_test

import (
	"errors"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

func TestFromAny(t *testing.T) {
	mine := errors.New("MINE")
	for _, c := range []struct {
		in   any
		want drivers.Reply
		err  error
	}{
		{nil, drivers.Reply{}, nil},
		{int64(-3), drivers.Reply{Kind: drivers.Int, Int: -3}, nil},
		{"x", drivers.Reply{Kind: drivers.Text, Text: "x"}, nil},
		{[]byte{}, drivers.Reply{Kind: drivers.Text}, nil},
		{[]any{}, drivers.Reply{Kind: drivers.Array, Items: []drivers.Reply{}}, nil},
		{[]any{nil, []any{"y"}}, drivers.Reply{Kind: drivers.Array, Items: []drivers.Reply{
			{}, {Kind: drivers.Array, Items: []drivers.Reply{{Kind: drivers.Text, Text: "y"}}},
		}}, nil},
		{true, drivers.Reply{Kind: drivers.Int, Int: 1}, nil},
		{false, drivers.Reply{Kind: drivers.Int}, nil},
		{0.1, drivers.Reply{Kind: drivers.Text, Text: "0.1"}, nil},
		{big.NewInt(7), drivers.Reply{Kind: drivers.Text, Text: "7"}, nil},
		{map[any]any{"f": int64(1)}, drivers.Reply{Kind: drivers.Array, Items: []drivers.Reply{
			{Kind: drivers.Text, Text: "f"}, {Kind: drivers.Int, Int: 1},
		}}, nil},
		{mine, drivers.Reply{}, mine},
		{[]any{int64(1), []any{mine}}, drivers.Reply{}, mine},
	} {
		got, err := drivers.FromAny(c.in)
		if !errors.Is(err, c.err) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%#v: got %v, %v, want %v, %v", c.in, got, err, c.want, c.err)
		}
	}
	if _, err := drivers.FromAny(struct{}{}); err == nil {
		t.Error("an unknown type was accepted")
	}
}

// FuzzFill holds the two ways to a script's integers equal, and both to the
// promise that dst is filled exactly or an error is Unknown. Each byte of shape
// is one value of the answer.
func FuzzFill(f *testing.F) {
	f.Add("iii", 3, true)
	f.Add("i", 1, false)
	f.Add("isn", 3, true)
	f.Add("", 0, true)
	f.Add("0", 0, false)
	f.Fuzz(func(t *testing.T, shape string, want int, array bool) {
		answer := answerOf(shape, array)
		size := min(max(want, 0), 8)
		direct, converted := make([]int64, size), make([]int64, size)
		got := drivers.FillAny(answer, direct)
		reply, err := drivers.FromAny(answer)
		if err == nil {
			err = drivers.FillInts(reply, converted)
		}
		if (got == nil) != (err == nil) {
			t.Fatalf("%#v into %d: FillAny %v, FillInts %v", answer, size, got, err)
		}
		if got == nil && !slices.Equal(direct, converted) {
			t.Errorf("%#v: FillAny %v, FillInts %v", answer, direct, converted)
		}
		if got != nil && drivers.ClassOf(got) != drivers.Unknown {
			t.Errorf("%#v: class %s, want unknown: the script has run", answer, drivers.ClassOf(got))
		}
	})
}

func answerOf(shape string, array bool) any {
	values := []any{}
	for i, c := range []byte(shape) {
		switch c % 5 {
		case 0:
			values = append(values, int64(i)<<40)
		case 1:
			values = append(values, strconv.Itoa(i))
		case 2:
			values = append(values, nil)
		case 3:
			values = append(values, errors.New("MINE"))
		default:
			values = append(values, []any{int64(i)})
		}
	}
	if !array && len(values) > 0 {
		return values[0]
	}
	return values
}

func FuzzInt64(f *testing.F) {
	for _, s := range []string{"0", "-1", "9223372036854775807", "9223372036854775808", "1.0", "", " 1", "+1", "0x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := drivers.Reply{Kind: drivers.Text, Text: s}.Int64()
		want, wantErr := strconv.ParseInt(s, 10, 64)
		if (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Errorf("%q: got %d, %v, want %d, %v", s, got, err, want, wantErr)
		}
	})
}

func TestInt64OfOtherKinds(t *testing.T) {
	for _, r := range []drivers.Reply{{}, {Kind: drivers.Array}, {Kind: 9}} {
		if _, err := r.Int64(); err == nil {
			t.Errorf("%s: no error", r.Kind)
		}
	}
}
