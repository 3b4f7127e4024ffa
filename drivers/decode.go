package drivers

import (
	"fmt"
	"math/big"
	"strconv"
)

// FromAny converts what a client decoded into any: nil, int64, string, []byte,
// []any and errors for both versions of the protocol; float64, bool, *big.Int
// and map[any]any for RESP3, which become what RESP2 would have answered: text,
// 0 or 1, text, and the flat array of pairs, in no particular order. An error
// reply, nested ones too, is returned as it is.
func FromAny(v any) (Reply, error) {
	switch v := v.(type) {
	case nil:
		return Reply{}, nil
	case int64:
		return Reply{Kind: Int, Int: v}, nil
	case string:
		return Reply{Kind: Text, Text: v}, nil
	case []byte:
		return Reply{Kind: Text, Text: string(v)}, nil
	case []any:
		return fromSlice(v)
	case error:
		return Reply{}, v
	default:
		return fromRESP3(v)
	}
}

func fromSlice(values []any) (Reply, error) {
	items := make([]Reply, len(values))
	for i, v := range values {
		var err error
		if items[i], err = FromAny(v); err != nil {
			return Reply{}, err
		}
	}
	return Reply{Kind: Array, Items: items}, nil
}

func fromRESP3(v any) (Reply, error) {
	switch v := v.(type) {
	case bool:
		return FromBool(v), nil
	case float64:
		return FromFloat(v), nil
	case *big.Int:
		return Reply{Kind: Text, Text: v.String()}, nil
	case map[any]any:
		pairs := make([]any, 0, 2*len(v))
		for key, value := range v {
			pairs = append(pairs, key, value)
		}
		return fromSlice(pairs)
	}
	return Reply{}, fmt.Errorf("decode reply: unexpected type %T", v)
}

// FromBool returns the integer that RESP2 answers for a boolean.
func FromBool(v bool) Reply {
	if v {
		return Reply{Kind: Int, Int: 1}
	}
	return Reply{Kind: Int}
}

// FromFloat returns the text that RESP2 answers for a double.
func FromFloat(v float64) Reply {
	return Reply{Kind: Text, Text: strconv.FormatFloat(v, 'g', -1, 64)}
}

// Collect decodes the replies of a pipeline or transaction. It returns the first
// error among them, and how many there are.
func Collect[T any](values []T, decode func(T) (Reply, error)) (replies []Reply, refused int, first error) {
	replies = make([]Reply, len(values))
	for i, v := range values {
		var err error
		if replies[i], err = decode(v); err == nil {
			continue
		}
		if refused++; first == nil {
			first = err
		}
	}
	return replies, refused, first
}

// Transacted returns the replies that EXEC answered to the commands sent. Callers take
// each reply by its place, so another number than that of the commands is an error,
// classed Unknown like any within a transaction.
func Transacted[T any](values []T, sent int, decode func(T) (Reply, error)) ([]Reply, error) {
	replies, _, first := Collect(values, decode)
	if first == nil && len(replies) != sent {
		first = fmt.Errorf("transaction: EXEC answered %d replies to %d commands", len(replies), sent)
	}
	if first != nil {
		return nil, WithClass(Unknown, first)
	}
	return replies, nil
}

// FillAny is FillInts for a reply that the client decoded into any: the answers
// of a script reach dst without a Reply in between.
func FillAny(v any, dst []int64) error {
	if n, ok := v.(int64); ok && len(dst) == 1 {
		dst[0] = n
		return nil
	}
	values, ok := v.([]any)
	if !ok || len(values) != len(dst) {
		return misfit(v, dst)
	}
	for i, item := range values {
		if dst[i], ok = item.(int64); !ok {
			return misfit(v, dst)
		}
	}
	return nil
}

// misfit words the error of an answer that does not fit.
func misfit(v any, dst []int64) error {
	reply, err := FromAny(v)
	if err != nil {
		return WithClass(Unknown, err)
	}
	return FillInts(reply, dst)
}
