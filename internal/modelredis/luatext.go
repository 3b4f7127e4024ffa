package modelredis

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// textLibrary is the library string: the one of the interpreter with numbers written
// as Redis writes them, and a format of its own.
func (in *interpreter) textLibrary(native *lua.LTable) library {
	lib := library{functions: map[string]lua.LGFunction{"format": format}, values: map[string]lua.LValue{}, absent: []string{"dump"}}
	of := func(name string) *lua.LFunction { return native.RawGetString(name).(*lua.LFunction) }
	for name, letters := range map[string]string{
		"byte": "snn", "char": "n", "find": "ssn-", "len": "s", "lower": "s", "match": "ssn", "reverse": "s", "sub": "snn", "upper": "s",
	} {
		lib.functions[name] = converted(letters, of(name).GFunction)
	}
	lib.functions["rep"] = converted("sn", in.repeat)
	lib.functions["gsub"] = converted("sssn", replaced(of("gsub").GFunction))
	gmatch := of("gmatch")
	lib.values["gmatch"] = in.state.NewClosure(converted("ss", gmatch.GFunction), gmatch.Upvalues[0].Value())
	return lib
}

func (in *interpreter) repeat(l *lua.LState) int {
	s, n := l.CheckString(1), l.CheckInt(2)
	if n > 0 && len(s) > 0 && n > longest/len(s) {
		in.miss("string.rep of a very long text")
	}
	l.Push(lua.LString(strings.Repeat(s, max(0, n))))
	return 1
}

// replaced makes a table or function of replacements answer texts, not numbers.
func replaced(gsub lua.LGFunction) lua.LGFunction {
	return func(l *lua.LState) int {
		switch with := l.Get(3).(type) {
		case *lua.LTable:
			l.Replace(3, l.NewFunction(func(l *lua.LState) int {
				l.Push(asText(l.GetTable(with, l.Get(1))))
				return 1
			}))
		case *lua.LFunction:
			l.Replace(3, l.NewFunction(func(l *lua.LState) int {
				n := l.GetTop()
				l.Insert(with, 1)
				l.Call(n, 1)
				l.Push(asText(l.Get(-1)))
				return 1
			}))
		}
		return gsub(l)
	}
}

func asText(v lua.LValue) lua.LValue {
	if n, ok := v.(lua.LNumber); ok {
		return lua.LString(luaText(n))
	}
	return v
}

// format is string.format, with the conversions of C.
func format(l *lua.LState) int {
	convert(l, 1, 's')
	var b strings.Builder
	rest, arg := l.CheckString(1), 1
	for {
		plain, after, found := strings.Cut(rest, "%")
		b.WriteString(plain)
		if !found {
			break
		}
		if strings.HasPrefix(after, "%") {
			b.WriteByte('%')
			rest = after[1:]
			continue
		}
		arg++
		var d directive
		d, rest = parseDirective(l, after)
		b.WriteString(d.apply(l, arg))
	}
	l.Push(lua.LString(b.String()))
	return 1
}

// directive is one %, with what follows it.
type directive struct {
	flags     string
	width     int
	precision int // -1 if there is none
	verb      byte
}

func parseDirective(l *lua.LState, s string) (directive, string) {
	d := directive{precision: -1}
	rest := strings.TrimLeft(s, "-+ #0")
	d.flags = s[:len(s)-len(rest)]
	d.width, rest = twoDigits(rest)
	if strings.HasPrefix(rest, ".") {
		d.precision, rest = twoDigits(rest[1:])
	}
	if len(d.flags) > 5 || rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		l.RaiseError("invalid format (width or precision too long)")
	}
	if rest == "" || !strings.Contains("cdiouxXeEfgGqs", rest[:1]) {
		l.RaiseError("invalid option '%%%s' to 'format'", rest[:min(1, len(rest))])
	}
	d.verb = rest[0]
	return d, rest[1:]
}

func twoDigits(s string) (int, string) {
	i := 0
	for i < 2 && i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, _ := strconv.Atoi(s[:i])
	return n, s[i:]
}

func (d directive) apply(l *lua.LState, arg int) string {
	switch d.verb {
	case 's', 'q':
		convert(l, arg, 's')
		return d.text(l.CheckString(arg))
	}
	convert(l, arg, 'n')
	v := float64(l.CheckNumber(arg))
	switch d.verb {
	case 'c':
		return d.pad(string([]byte{byte(truncate(v))}))
	case 'd', 'i':
		return fmt.Sprintf(d.spec('d'), truncate(v))
	case 'u':
		return fmt.Sprintf(d.spec('d'), truncateUnsigned(v))
	case 'o', 'x', 'X':
		return fmt.Sprintf(d.spec(d.verb), truncateUnsigned(v))
	}
	return d.float(v)
}

// spec spells the directive for Go.
func (d directive) spec(verb byte) string {
	s := "%" + d.flags
	if d.width > 0 {
		s += strconv.Itoa(d.width)
	}
	if d.precision >= 0 {
		s += "." + strconv.Itoa(d.precision)
	}
	return s + string(verb)
}

func (d directive) float(v float64) string {
	if d.precision < 0 {
		d.precision = 6
	}
	if !math.IsInf(v, 0) && !math.IsNaN(v) {
		return fmt.Sprintf(d.spec(d.verb), v)
	}
	s := formatDigits(v, luaDigits)
	if strings.Contains(d.flags, "+") && s[0] != '-' {
		s = "+" + s
	}
	if d.verb == 'E' || d.verb == 'G' {
		s = strings.ToUpper(s)
	}
	return d.pad(s)
}

func (d directive) text(s string) string {
	if d.verb == 'q' {
		return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", "\\\n", "\r", `\r`, "\x00", `\000`).Replace(s) + `"`
	}
	if d.precision >= 0 {
		s = s[:min(len(s), d.precision)]
	}
	return d.pad(s)
}

// pad fills up to the width in bytes.
func (d directive) pad(s string) string {
	room := strings.Repeat(" ", max(0, d.width-len(s)))
	if strings.Contains(d.flags, "-") {
		return s + room
	}
	return room + s
}
