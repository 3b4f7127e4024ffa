package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/rlbench/rlbench/internal/modelredis"
)

// lineWidth is how long a line of JSON may be before its value is spread over several.
const lineWidth = 110

// Write writes the trace as JSON: the same bytes for the same trace, a line for each
// step that fits on one. A trace that Read would refuse is an error, and nothing is
// written: what cannot be read again is no record.
func Write(w io.Writer, t Trace) error {
	if err := t.check(); err != nil {
		return err
	}
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(t.withoutNil()); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	if lossy(raw.Bytes()) {
		return errors.New("trace: a text in it is not UTF-8, and would not be the same when it is read again")
	}
	var out bytes.Buffer
	lay(&out, bytes.TrimSpace(raw.Bytes()), 0, 0)
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

// lossy says whether the encoder met bytes that are not UTF-8. It escapes what it
// writes in their place, and does not escape that character where it was in the text.
func lossy(raw []byte) bool {
	return bytes.Contains(bytes.ReplaceAll(raw, []byte(`\\`), nil), []byte(`\ufffd`))
}

// withoutNil has empty lists where t has none: a list is never null in the file.
func (t Trace) withoutNil() Trace {
	t.Ticks = append([]int64{}, t.Ticks...)
	t.Schedule = append([]string{}, t.Schedule...)
	t.Final = append([]modelredis.Entry{}, t.Final...)
	t.Steps = append([]Step{}, t.Steps...)
	for i := range t.Steps {
		t.Steps[i].After = append([]modelredis.Entry{}, t.Steps[i].After...)
	}
	t.Seed = slices.Clone(t.Seed)
	return t
}

// lay writes a compact JSON value on one line if it fits behind what is on the line
// already, else one member per line.
func lay(out *bytes.Buffer, raw []byte, depth, before int) {
	composite := raw[0] == '{' || raw[0] == '['
	if line := airy(raw); !composite || len(raw) == 2 || depth > 0 && before+len(line) <= lineWidth {
		out.Write(line)
		return
	}
	inner := bytes.Repeat([]byte("  "), depth+1)
	out.WriteByte(raw[0])
	for i, member := range members(raw) {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(inner)
		key, value := member[:0], member
		if raw[0] == '{' {
			key, value = keyed(member)
			out.Write(key)
			out.WriteString(": ")
		}
		lay(out, value, depth+1, len(inner)+len(key)+2)
	}
	out.WriteByte('\n')
	out.Write(inner[2:])
	out.WriteByte(raw[len(raw)-1])
}

// airy is a compact JSON value with a space behind each comma and colon.
func airy(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+16)
	structure(raw, func(i, _ int) {
		out = append(out, raw[i])
		if raw[i] == ',' || raw[i] == ':' {
			out = append(out, ' ')
		}
	}, func(i int) { out = append(out, raw[i]) })
	return out
}

// members splits a compact object or list.
func members(raw []byte) [][]byte {
	var list [][]byte
	from := 1
	structure(raw, func(i, depth int) {
		if raw[i] == ',' && depth == 1 || i == len(raw)-1 {
			list = append(list, raw[from:i])
			from = i + 1
		}
	}, func(int) {})
	return list
}

// keyed splits a member of a compact object.
func keyed(member []byte) (key, value []byte) {
	at := -1
	structure(member, func(i, depth int) {
		if member[i] == ':' && depth == 0 && at < 0 {
			at = i
		}
	}, func(int) {})
	return member[:at], member[at+1:]
}

// structure walks over a compact JSON value and tells brackets, commas and colons
// between values, with their depth, from all other bytes: those in strings included.
func structure(raw []byte, mark func(i, depth int), other func(i int)) {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			other(i)
			i++
			other(i)
		case c == '"':
			quoted = !quoted
			other(i)
		case quoted || !bytes.ContainsRune([]byte("{}[],:"), rune(c)):
			other(i)
		default:
			if c == '{' || c == '[' {
				depth++
			}
			mark(i, depth)
			if c == '}' || c == ']' {
				depth--
			}
		}
	}
}
