package drivers

import (
	"fmt"
	"strconv"
)

// Kind is the type of a Reply.
type Kind uint8

// The kinds of replies. The zero Reply is nil.
const (
	Nil   Kind = iota // a null bulk string or null array
	Int               // an integer
	Text              // a bulk or simple string
	Array             // Items
)

// Reply is what a server answered to one command, the same for every client.
// An error reply is never a Reply: it is returned as an error.
type Reply struct {
	Kind  Kind
	Int   int64
	Text  string
	Items []Reply
}

// IsNil reports whether the server answered null: no such key, for GET.
func (r Reply) IsNil() bool { return r.Kind == Nil }

// Int64 returns an integer reply, or a text reply that spells a decimal integer
// (GET and HGET answer numbers as text).
func (r Reply) Int64() (int64, error) {
	switch r.Kind {
	case Int:
		return r.Int, nil
	case Text:
		v, err := strconv.ParseInt(r.Text, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("parse reply: %q is not an integer", r.Text)
		}
		return v, nil
	default:
		return 0, fmt.Errorf("parse reply: want an integer, got %s", r.Kind)
	}
}

// Pairs reads a flat array of names and values, as CONFIG GET and SENTINEL answer
// them. A reply of another kind holds none.
func (r Reply) Pairs() map[string]string {
	m := make(map[string]string, len(r.Items)/2)
	for i := 0; i+1 < len(r.Items); i += 2 {
		m[r.Items[i].Text] = r.Items[i+1].Text
	}
	return m
}

// String names the kind for error messages.
func (k Kind) String() string {
	switch k {
	case Nil:
		return "nil"
	case Int:
		return "an integer"
	case Text:
		return "a string"
	case Array:
		return "an array"
	}
	return "kind " + strconv.Itoa(int(k))
}
