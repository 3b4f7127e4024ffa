package modelredis

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// luaDigits is how many digits tostring and .. keep in the Lua of Redis.
const luaDigits = 14

// luaText converts a string or number to text; any other value is empty.
func luaText(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return formatDigits(float64(v), luaDigits)
	}
	return ""
}

// luaNumber converts a number, or a text that spells one, as arithmetic does. In the Lua
// of the interpreter a leading zero makes a text octal.
func luaNumber(v lua.LValue) (lua.LNumber, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return v, true
	case lua.LString:
		n, ok := strtod(strings.TrimRight(string(v), whitespace))
		return lua.LNumber(n), ok
	}
	return 0, false
}

// truncate converts to an integer as the hardware does under C: out of range, and for
// NaN, it is the smallest.
func truncate(v float64) int64 {
	if v >= math.MaxInt64 || v <= math.MinInt64 || math.IsNaN(v) {
		return math.MinInt64
	}
	return int64(v)
}

// truncateUnsigned does the same for unsigned integers.
func truncateUnsigned(v float64) uint64 {
	if v < 1<<63 || math.IsNaN(v) {
		return uint64(truncate(v))
	}
	return uint64(truncate(v-1<<63)) ^ 1<<63
}

// modulo is the definition of % in Lua 5.1, which is not that of fmod: 1 % 0.1 is 0.
func modulo(a, b float64) float64 {
	return a - math.Floor(a/b)*b
}

// operators are those that accept texts.
var operators = map[string]func(a, b float64) float64{
	"__add": func(a, b float64) float64 { return a + b },
	"__sub": func(a, b float64) float64 { return a - b },
	"__mul": func(a, b float64) float64 { return a * b },
	"__div": func(a, b float64) float64 { return a / b },
	"__mod": modulo,
	"__pow": math.Pow,
	"__unm": func(a, _ float64) float64 { return -a },
}

func arithmetic(of func(a, b float64) float64) lua.LGFunction {
	return func(l *lua.LState) int {
		a, b := operand(l, 1), operand(l, min(2, l.GetTop()))
		l.Push(lua.LNumber(of(float64(a), float64(b))))
		return 1
	}
}

func operand(l *lua.LState, i int) lua.LNumber {
	n, ok := luaNumber(l.Get(i))
	if !ok {
		l.RaiseError("attempt to perform arithmetic on a %s value", l.Get(i).Type())
	}
	return n
}

// tonumber reads decimal and hexadecimal numbers, or digits of a base.
func tonumber(l *lua.LState) int {
	v, base := l.CheckAny(1), int64(10)
	if l.GetTop() > 1 && l.Get(2) != lua.LNil {
		base = int64(operand(l, 2))
	}
	if base == 10 {
		if n, ok := luaNumber(v); ok {
			l.Push(n)
		} else {
			l.Push(lua.LNil)
		}
		return 1
	}
	if base < 2 || base > 36 {
		l.ArgError(2, "base out of range")
	}
	if n, ok := parseBase(strings.ToLower(strings.Trim(luaText(v), whitespace)), int(base)); ok {
		l.Push(n)
	} else {
		l.Push(lua.LNil)
	}
	return 1
}

func parseBase(s string, base int) (lua.LNumber, bool) {
	digits := strings.TrimLeft(s, "+-")
	if base == 16 {
		digits = strings.TrimPrefix(digits, "0x")
	}
	n, ok := unsigned(digits, base)
	if strings.HasPrefix(s, "-") {
		n = -n // wraps, as in C
	}
	return lua.LNumber(n), ok && len(s)-len(strings.TrimLeft(s, "+-")) <= 1
}
