package explore

import (
	"encoding/binary"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// Texts below stand for values as keys of maps. They hold every part with its length,
// so that two values have one text only if they are equal.

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func encodeList(list []string) string {
	var b []byte
	for _, s := range list {
		b = appendText(b, s)
	}
	return string(b)
}

func decodeList(text string) (list []string) {
	for b := []byte(text); len(b) > 0; {
		n, size := binary.Uvarint(b)
		list = append(list, string(b[size:size+int(n)]))
		b = b[size+int(n):]
	}
	return list
}

func encodeRequest(r modelredis.Request) string {
	b := appendText(nil, string(r.Kind))
	for _, cmd := range r.Commands {
		b = binary.AppendUvarint(b, uint64(len(cmd)))
		for _, arg := range cmd {
			b = appendText(b, arg)
		}
	}
	return string(b)
}

func (r response) encode() string {
	b := []byte{flag(r.aborted) | flag(r.lost)<<1}
	b = binary.AppendVarint(b, int64(r.at))
	for _, reply := range r.replies {
		b = appendText(b, reply.Err)
		b = appendReply(b, reply.Reply)
	}
	return string(b)
}

func appendReply(b []byte, r drivers.Reply) []byte {
	b = append(b, byte(r.Kind))
	b = binary.AppendVarint(b, r.Int)
	b = appendText(b, r.Text)
	b = binary.AppendUvarint(b, uint64(len(r.Items)))
	for _, it := range r.Items {
		b = appendReply(b, it)
	}
	return b
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (s step) encode() string {
	b := []byte{byte(s.kind), flag(s.exec), byte(s.answer.outcome)}
	b = appendText(b, s.watching)
	b = appendText(b, s.answer.text)
	return string(append(b, encodeRequest(s.request)...))
}

// interned numbers values by their text, from 0 in the order in which they come.
type interned[T any] struct {
	ids    map[string]int32
	values []T
}

func newInterned[T any]() *interned[T] { return &interned[T]{ids: map[string]int32{}} }

func (t *interned[T]) id(text string, value T) int32 {
	id, known := t.ids[text]
	if !known {
		id = int32(len(t.values))
		t.ids[text] = id
		t.values = append(t.values, value)
	}
	return id
}
