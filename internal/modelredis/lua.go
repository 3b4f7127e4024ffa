package modelredis

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"github.com/rlbench/rlbench/drivers"
)

var scriptCommands = []command{
	{"eval", -3, 3, -1, 0, true, nil},
	{"evalsha", -3, 3, -1, 0, true, nil},
}

// scriptKeys returns the range of the keys of EVAL, which says how many it has.
func scriptKeys(cmd []string) (first, last, step int) {
	if len(cmd) < 3 {
		return 0, -1, 1
	}
	n, ok := parseInteger(cmd[2])
	if !ok || n < 0 || n > int64(len(cmd)-3) {
		return 0, -1, 1
	}
	return 3, 2 + int(n), 1
}

// chunk is the name of a script in its error messages.
const chunk = "user_script"

// budget bounds the loops and calls of one script: none of a limiter comes near it,
// and an endless one must not hang the caller.
const budget = 1_000_000

// interpreter runs scripts, one at a time. No script can change what the next one sees:
// global variables and libraries are read-only, as in Redis.
//
// It is not the Lua of Redis in what no limiter should depend on: pairs lists the fields
// of a table that is no list in the order of their creation, # of a list with holes may
// be another border, sort places equal elements otherwise, a computed zero has no sign,
// the sign of NaN is the machine's, and error messages are worded otherwise.
type interpreter struct {
	state   *lua.LState
	globals *lua.LTable // what names mean in a script
	guarded *lua.LTable // the same, without a way to assign
	scripts map[string]*script
	run     *run // the request that is being served
	steps   int
}

// script is a compiled script.
type script struct {
	sha   string
	proto *lua.FunctionProto
	env   *lua.LTable
	err   error
}

func newInterpreter() *interpreter {
	in := &interpreter{scripts: map[string]*script{}, state: lua.NewState(lua.Options{
		SkipOpenLibs: true, RegistryMaxSize: 1 << 18, RegistryGrowStep: 4096,
	})}
	in.open()
	return in
}

// eval is EVAL and EVALSHA.
func (r *run) eval(cmd []string) Reply {
	if r.within {
		return failure("ERR This Redis command is not allowed from script")
	}
	known := strings.EqualFold(cmd[0], "evalsha")
	if known && len(cmd[1]) != 40 {
		return noScript
	}
	n, ok := parseInteger(cmd[2])
	switch {
	case !ok:
		return notInteger
	case n > int64(len(cmd)-3):
		return failure("ERR Number of keys can't be greater than number of args")
	case n < 0:
		return failure("ERR Number of keys can't be negative")
	}
	source := cmd[1]
	if known {
		if source, ok = r.model.known[strings.ToLower(cmd[1])]; !ok {
			return noScript
		}
	}
	return r.script(source, cmd[3:3+n], cmd[3+n:])
}

var noScript = failure("NOSCRIPT No matching script. Please use EVAL.")

func (r *run) script(source string, keys, argv []string) Reply {
	if strings.HasPrefix(source, "#!") {
		return r.missing("a script that begins with #!")
	}
	if r.model.lua == nil {
		r.model.lua = newInterpreter()
	}
	in := r.model.lua
	s := in.compile(source)
	if s.err != nil {
		return failure("ERR Error compiling script (new function): " + oneLine(s.err.Error()))
	}
	r.within = true
	defer func() { r.within, r.status = false, false }()
	return in.exec(r, s, keys, argv)
}

// compile compiles each script once.
func (in *interpreter) compile(source string) *script {
	if s, ok := in.scripts[source]; ok {
		return s
	}
	s := &script{sha: drivers.NewScript(source).SHA(), env: in.globals}
	s.proto, s.err = compile(source)
	if s.err == nil && assigns(s.proto) {
		s.env = in.guarded
	}
	in.scripts[source] = s
	return s
}

func compile(source string) (proto *lua.FunctionProto, err error) {
	defer func() {
		if failed := recover(); failed != nil { // a compiler gives up on odd syntax in this way
			err = fmt.Errorf("%s:%v", chunk, failed)
		}
	}()
	stmts, err := parse.Parse(strings.NewReader(source), chunk)
	if e, ok := err.(*parse.Error); ok {
		return nil, fmt.Errorf("%s:%d: %s near '%s'", chunk, e.Pos.Line, e.Message, e.Token)
	}
	if err != nil {
		return nil, err
	}
	rewrite(stmts)
	return lua.Compile(stmts, chunk)
}

// assigns reports whether a script assigns a global variable anywhere. Such a script
// runs, more slowly, in an environment where that is noticed.
func assigns(p *lua.FunctionProto) bool {
	for _, inst := range p.Code {
		if int(inst>>26) == lua.OP_SETGLOBAL {
			return true
		}
	}
	for _, inner := range p.FunctionPrototypes {
		if assigns(inner) {
			return true
		}
	}
	return false
}

func (in *interpreter) exec(r *run, s *script, keys, argv []string) Reply {
	in.run, in.steps = r, budget
	in.globals.RawSetString("KEYS", in.list(keys))
	in.globals.RawSetString("ARGV", in.list(argv))
	fn := in.state.NewFunctionFromProto(s.proto)
	fn.Env = s.env
	in.state.Push(fn)
	if err := in.state.PCall(0, 1, nil); err != nil {
		in.state.SetTop(0)
		return in.raised(err, s.sha)
	}
	answer := in.state.Get(-1)
	in.state.SetTop(0)
	return in.answer(answer)
}

func (in *interpreter) list(words []string) *lua.LTable {
	t := in.state.CreateTable(len(words), 0)
	for _, w := range words {
		t.Append(lua.LString(w))
	}
	return t
}

// raised is the reply of a script that ended with an error. What it wrote stays. The
// text is that of Redis 7.0 around a message that another interpreter words otherwise.
func (in *interpreter) raised(err error, sha string) Reply {
	message, line := err.Error(), "0"
	if e := (*lua.ApiError)(nil); errors.As(err, &e) {
		if e.Type == lua.ApiErrorPanic || strings.Contains(message, "stack overflow") || strings.Contains(message, "registry overflow") {
			return in.run.missing("a script that is too large: " + oneLine(message))
		}
		line = lineOf(e.StackTrace)
		if message = messageOf(e.Object); message == "" {
			return in.run.missing("an error of a script without a text, at which a server of 7.0 ends")
		}
	}
	return failure(oneLine(message) + " script: " + sha + ", on @" + chunk + ":" + line + ".")
}

// messageOf reads the object of an error: a table if a command has failed.
// Any other object is spelled as tostring does.
func messageOf(v lua.LValue) string {
	if t, ok := v.(*lua.LTable); ok {
		return luaText(t.RawGetString("err"))
	}
	if s := luaText(v); s != "" {
		return "ERR " + s
	}
	return "ERR " + v.String()
}

// lineOf finds the line of the innermost Lua function in a stack trace.
func lineOf(trace string) string {
	_, after, _ := strings.Cut(trace, chunk+":")
	line, _, _ := strings.Cut(after, ":")
	if _, err := strconv.Atoi(line); err != nil {
		return "0"
	}
	return line
}

// oneLine is what a server makes of a text before it sends it as an error.
func oneLine(s string) string {
	return string(bytes.Map(func(c rune) rune {
		if c == '\r' || c == '\n' {
			return ' '
		}
		return c
	}, []byte(strings.TrimRight(s, "\r\n"))))
}

// answer converts what a script returns.
func (in *interpreter) answer(v lua.LValue) Reply {
	t, ok := v.(*lua.LTable)
	if !ok {
		return Reply{Reply: scalar(v)}
	}
	if e, ok := t.RawGetString("err").(lua.LString); ok {
		return failure(oneLine(string(e)))
	}
	item, ok := in.item(t, 0)
	if !ok {
		return in.run.missing("a reply of a script that RESP2 has no word for")
	}
	return Reply{Reply: item}
}

// depth bounds the nesting of replies, and with it tables that hold themselves.
const depth = 100

// typed are the fields by which a table asks for a type of RESP3.
var typed = []string{"double", "map", "set", "big_number", "verbatim_string"}

// item converts a value within a reply. A table ends at its first nil. It reports
// false for what the model leaves out: an error within an array, a type of RESP3.
func (in *interpreter) item(v lua.LValue, level int) (drivers.Reply, bool) {
	t, ok := v.(*lua.LTable)
	if !ok {
		return scalar(v), true
	}
	if _, bad := t.RawGetString("err").(lua.LString); bad || level == depth {
		return drivers.Reply{}, false
	}
	if s, ok := t.RawGetString("ok").(lua.LString); ok {
		return bulk(oneLine(string(s))), true
	}
	for _, field := range typed {
		if t.RawGetString(field) != lua.LNil {
			return drivers.Reply{}, false
		}
	}
	items := []drivers.Reply{}
	for i := 1; ; i++ {
		v := t.RawGetInt(i)
		if v == lua.LNil {
			return drivers.Reply{Kind: drivers.Array, Items: items}, true
		}
		item, ok := in.item(v, level+1)
		if !ok {
			return drivers.Reply{}, false
		}
		items = append(items, item)
	}
}

// scalar converts a value that is no table: a number loses its fraction, true is 1 and
// false is null.
func scalar(v lua.LValue) drivers.Reply {
	switch v := v.(type) {
	case lua.LNumber:
		return drivers.Reply{Kind: drivers.Int, Int: truncate(float64(v))}
	case lua.LString:
		return bulk(string(v))
	case lua.LBool:
		if v {
			return drivers.FromBool(true)
		}
	}
	return drivers.Reply{}
}
