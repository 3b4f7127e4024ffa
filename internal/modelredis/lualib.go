package modelredis

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// library is a table of functions that scripts find under a name.
type library struct {
	functions map[string]lua.LGFunction
	values    map[string]lua.LValue
	// absent lists what a server has and the model does not. To read it is an
	// UnknownCommand; to read what neither has is nil, as it is in a server.
	absent []string
}

// The names that cannot be written in a script: what its operators are rewritten to.
const (
	nameText   = "(text)"
	nameNumber = "(number)"
	nameModulo = "(modulo)"
	nameStep   = "(step)"
)

// base lists what is taken from the interpreter as it is.
var base = []string{"getmetatable", "setmetatable", "ipairs", "next", "pairs", "xpcall",
	"rawequal", "rawget", "select", "type", "assert", "_VERSION"}

// absentGlobals are in a server, but not in the model.
var absentGlobals = []string{"cjson", "cmsgpack", "struct", "bit", "os", "coroutine", "load", "loadstring",
	"collectgarbage", "gcinfo", "getfenv", "setfenv"}

// open builds the environment of scripts.
func (in *interpreter) open() {
	l := in.state
	native := map[string]*lua.LTable{}
	for name, open := range map[string]lua.LGFunction{"_G": lua.OpenBase, "string": lua.OpenString, "table": lua.OpenTable, "math": lua.OpenMath} {
		l.Push(l.NewFunction(open))
		l.Call(0, 1)
		native[name] = l.CheckTable(-1)
		l.SetTop(0)
	}
	in.globals = l.NewTable()
	for _, name := range base {
		in.globals.RawSetString(name, native["_G"].RawGetString(name))
	}
	for name, f := range map[string]lua.LGFunction{
		"tostring": in.tostring, "tonumber": tonumber, "unpack": unpack, "rawset": in.rawset,
		"error": raise, "pcall": pcall(native["_G"].RawGetString("pcall").(*lua.LFunction).GFunction),
		nameText: in.operandText, nameNumber: operandNumber, nameModulo: arithmetic(modulo), nameStep: in.step,
	} {
		in.globals.RawSetString(name, l.NewFunction(f))
	}
	text := in.install(in.textLibrary(native["string"]))
	in.globals.RawSetString("string", text)
	in.globals.RawSetString("table", in.install(in.tableLibrary(native["table"])))
	in.globals.RawSetString("math", in.install(mathLibrary(native["math"])))
	in.globals.RawSetString("redis", in.install(in.redisLibrary()))
	in.guarded = in.readOnly(in.globals)
	in.globals.RawSetString("_G", in.guarded)
	in.onMissing(in.globals, absentGlobals, true)
	in.methods(text)
}

// methods makes texts have the functions of the library string, and arithmetic.
func (in *interpreter) methods(library *lua.LTable) {
	mt := in.state.NewTable()
	mt.RawSetString("__index", library)
	mt.RawSetString("__metatable", lua.LFalse)
	for name, of := range operators {
		mt.RawSetString(name, in.state.NewFunction(arithmetic(of)))
	}
	in.state.SetMetatable(lua.LString(""), mt)
}

// install makes a read-only table of a library.
func (in *interpreter) install(lib library) *lua.LTable {
	t := in.state.NewTable()
	for name, f := range lib.functions {
		t.RawSetString(name, in.state.NewFunction(f))
	}
	for name, v := range lib.values {
		t.RawSetString(name, v)
	}
	in.onMissing(t, lib.absent, false)
	return in.readOnly(t)
}

// readOnly returns a view of a table through which it cannot be changed.
func (in *interpreter) readOnly(t *lua.LTable) *lua.LTable {
	view, mt := in.state.NewTable(), in.state.NewTable()
	mt.RawSetString("__index", t)
	mt.RawSetString("__newindex", in.state.NewFunction(refuseWrite))
	mt.RawSetString("__metatable", lua.LFalse)
	view.Metatable = mt
	return view
}

func refuseWrite(l *lua.LState) int {
	l.RaiseError("Attempt to modify a readonly table")
	return 0
}

// onMissing says what a name means that a table does not have.
func (in *interpreter) onMissing(t *lua.LTable, absent []string, global bool) {
	mt, left := in.state.NewTable(), map[string]bool{}
	for _, name := range absent {
		left[name] = true
	}
	mt.RawSetString("__index", in.state.NewFunction(func(l *lua.LState) int {
		name := luaText(l.Get(2))
		switch {
		case left[name]:
			in.miss("the Lua library function " + name)
		case global:
			l.RaiseError("Script attempted to access nonexistent global variable '%s'", name)
		}
		return 0
	}))
	t.Metatable = mt
}

// miss ends the script with an UnknownCommand, which pcall cannot hide.
func (in *interpreter) miss(what string) {
	in.run.missing(what)
	in.state.RaiseError("unknown to the model: %s", what)
}

// step is called by each turn of a loop and each call of a function.
func (in *interpreter) step(*lua.LState) int {
	if in.steps--; in.steps < 0 {
		in.miss("a script without end")
	}
	return 0
}

// longest bounds texts, so that no script uses up the memory.
const longest = 1 << 24

// operandText is what each operand of .. goes through: the interpreter would write a
// number with all its digits.
func (in *interpreter) operandText(l *lua.LState) int {
	switch v := l.Get(1).(type) {
	case lua.LNumber:
		l.Push(lua.LString(luaText(v)))
	case lua.LString:
		if len(v) > longest {
			in.miss("a text of " + luaText(lua.LNumber(len(v))) + " bytes")
		}
		l.Push(v)
	default:
		if l.GetMetaField(v, "__concat") == lua.LNil {
			l.RaiseError("attempt to concatenate a %s value", v.Type())
		}
		l.Push(v)
	}
	return 1
}

// operandNumber is what the bounds of a for loop go through: they may be texts.
func operandNumber(l *lua.LState) int {
	if n, ok := luaNumber(l.Get(1)); ok {
		l.Push(n)
	} else {
		l.Push(l.Get(1))
	}
	return 1
}

// tostring does not tell the address of a table: it is another one each time.
func (in *interpreter) tostring(l *lua.LState) int {
	v := l.CheckAny(1)
	switch v.(type) {
	case lua.LNumber:
		l.Push(lua.LString(luaText(v)))
		return 1
	case lua.LString, lua.LBool, *lua.LNilType:
	default:
		if l.GetMetaField(v, "__tostring") == lua.LNil {
			in.miss("tostring of a " + v.Type().String())
		}
	}
	l.Push(l.ToStringMeta(v))
	return 1
}

// raise is error. It says where it was called only if that is in a script.
func raise(l *lua.LState) int {
	v, level := l.Get(1), l.OptInt(2, 1)
	if !lua.LVCanConvToString(v) || level < 1 {
		l.Error(v, 0)
	}
	where := l.Where(level)
	if strings.HasPrefix(where, "[G]") {
		where = ""
	} else if where != "" {
		where += " "
	}
	l.Error(lua.LString(where+luaText(v)), 0)
	return 0
}

// pcall is that of Redis 7: of the error of a command it returns only the text.
func pcall(native lua.LGFunction) lua.LGFunction {
	return func(l *lua.LState) int {
		n := native(l)
		if n == 2 && l.Get(-2) == lua.LFalse {
			if t, ok := l.Get(-1).(*lua.LTable); ok && lua.LVCanConvToString(t.RawGetString("err")) {
				l.Replace(-1, t.RawGetString("err"))
			}
		}
		return n
	}
}

// stack is how many values a C function of Lua 5.1 may have.
const stack = 8000

func unpack(l *lua.LState) int {
	t, top := l.CheckTable(1), l.GetTop()
	from, to := l.OptInt(2, 1), l.OptInt(3, t.Len())
	if from > to {
		return 0
	}
	if uint64(to)-uint64(from) >= uint64(stack-top) {
		l.RaiseError("too many results to unpack")
	}
	for i := from; i <= to; i++ {
		l.Push(t.RawGetInt(i))
	}
	return to - from + 1
}

func (in *interpreter) rawset(l *lua.LState) int {
	t := l.CheckTable(1)
	if mt, ok := t.Metatable.(*lua.LTable); ok && mt.RawGetString("__metatable") == lua.LFalse {
		return refuseWrite(l)
	}
	t.RawSet(l.CheckAny(2), l.CheckAny(3))
	l.SetTop(1)
	return 1
}

// converted calls a function with its arguments converted: s stands for one that is
// text, n for a number, - for any; the last letter stands for all that follow.
func converted(letters string, f lua.LGFunction) lua.LGFunction {
	return func(l *lua.LState) int {
		for i := range l.GetTop() {
			convert(l, i+1, letters[min(i, len(letters)-1)])
		}
		return f(l)
	}
}

func convert(l *lua.LState, i int, letter byte) {
	switch v := l.Get(i).(type) {
	case lua.LNumber:
		if letter == 's' {
			l.Replace(i, lua.LString(luaText(v)))
		}
	case lua.LString:
		if n, ok := luaNumber(v); ok && letter == 'n' {
			l.Replace(i, n)
		}
	}
}

// mathLibrary leaves out random numbers: a server draws them by an algorithm of its own.
func mathLibrary(native *lua.LTable) library {
	lib := library{
		functions: map[string]lua.LGFunction{},
		values:    map[string]lua.LValue{"pi": lua.LNumber(math.Pi), "huge": lua.LNumber(math.Inf(1))},
		absent:    []string{"random", "randomseed"},
	}
	for _, name := range strings.Fields("abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp log log10 max min modf pow rad sin sinh sqrt tan tanh") {
		lib.functions[name] = converted("n", native.RawGetString(name).(*lua.LFunction).GFunction)
	}
	lib.functions["mod"] = lib.functions["fmod"]
	return lib
}

// tableLibrary has its own concat, for the sake of numbers.
func (in *interpreter) tableLibrary(native *lua.LTable) library {
	lib := library{functions: map[string]lua.LGFunction{"concat": in.concat}, absent: []string{"foreach", "foreachi", "setn"}}
	for _, name := range strings.Fields("getn insert maxn remove sort") {
		lib.functions[name] = native.RawGetString(name).(*lua.LFunction).GFunction
	}
	return lib
}

func (in *interpreter) concat(l *lua.LState) int {
	t := l.CheckTable(1)
	sep, from, to := "", 1, t.Len()
	if l.GetTop() > 1 && l.Get(2) != lua.LNil {
		convert(l, 2, 's')
		sep = l.CheckString(2)
	}
	from, to = l.OptInt(3, from), l.OptInt(4, to)
	var b strings.Builder
	for i := from; i <= to; i++ {
		v := t.RawGetInt(i)
		if !lua.LVCanConvToString(v) {
			l.RaiseError("invalid value (%s) at index %d in table for 'concat'", v.Type(), i)
		}
		b.WriteString(luaText(v))
		if i < to {
			b.WriteString(sep)
		}
		if b.Len() > longest {
			in.miss("table.concat of a very long text")
		}
	}
	l.Push(lua.LString(b.String()))
	return 1
}
