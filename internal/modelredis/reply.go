package modelredis

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

// The error replies of Redis 7.0 that several commands share.
var (
	wrongType  = failure("WRONGTYPE Operation against a key holding the wrong kind of value")
	notInteger = failure("ERR value is not an integer or out of range")
	notFloat   = failure("ERR value is not a valid float")
	badSyntax  = failure("ERR syntax error")
	overflow   = failure("ERR increment or decrement would overflow")
)

func failure(text string) Reply { return Reply{Err: text} }

func wrongArity(name string) Reply {
	return failure("ERR wrong number of arguments for '" + name + "' command")
}

func badExpire(name string) Reply {
	return failure("ERR invalid expire time in '" + name + "' command")
}

func integer(n int64) Reply { return Reply{Reply: drivers.Reply{Kind: drivers.Int, Int: n}} }

func boolean(b bool) Reply { return Reply{Reply: drivers.FromBool(b)} }

func text(s string) Reply { return Reply{Reply: bulk(s)} }

func bulk(s string) drivers.Reply { return drivers.Reply{Kind: drivers.Text, Text: s} }

func null() Reply { return Reply{} }

func array(items []drivers.Reply) Reply {
	if items == nil {
		items = []drivers.Reply{}
	}
	return Reply{Reply: drivers.Reply{Kind: drivers.Array, Items: items}}
}

// simple is a simple string: OK, PONG, the answer of TYPE.
func (r *run) simple(s string) Reply {
	r.status = true
	return text(s)
}

func (r *run) ok() Reply { return r.simple("OK") }

// String spells the reply as redis-cli does, on one line: (integer) 1, "text", (nil),
// [1, "text"], (error) ERR ...
func (r Reply) String() string {
	if r.Err != "" {
		return "(error) " + r.Err
	}
	if r.Kind == drivers.Int {
		return "(integer) " + strconv.FormatInt(r.Int, 10)
	}
	return spell(r.Reply)
}

func spell(r drivers.Reply) string {
	switch r.Kind {
	case drivers.Int:
		return strconv.FormatInt(r.Int, 10)
	case drivers.Text:
		return quote(r.Text)
	case drivers.Array:
		items := make([]string, len(r.Items))
		for i, item := range r.Items {
			items[i] = spell(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return "(nil)"
}

// escapes are the bytes that redis-cli writes as two characters.
var escapes = map[byte]string{
	'\\': `\\`, '"': `\"`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\a': `\a`, '\b': `\b`,
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch short, ok := escapes[s[i]]; {
		case ok:
			b.WriteString(short)
		case s[i] < ' ' || s[i] > '~':
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	b.WriteByte('"')
	return b.String()
}
