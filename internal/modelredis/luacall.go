package modelredis

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/rlbench/rlbench/drivers"
)

// redisLibrary is the table redis of scripts. What it has in a server and not here is
// in the list absent.
func (in *interpreter) redisLibrary() library {
	return library{
		functions: map[string]lua.LGFunction{
			"call":         func(l *lua.LState) int { return in.call(l, true) },
			"pcall":        func(l *lua.LState) int { return in.call(l, false) },
			"error_reply":  errorReply,
			"status_reply": statusReply,
			"sha1hex":      sha1hex,
			"log":          func(*lua.LState) int { return 0 },
			// Scripts have been replicated by their effects, always, since 7.0.
			"replicate_commands": func(l *lua.LState) int { l.Push(lua.LTrue); return 1 },
		},
		values: map[string]lua.LValue{
			"LOG_DEBUG": lua.LNumber(0), "LOG_VERBOSE": lua.LNumber(1), "LOG_NOTICE": lua.LNumber(2), "LOG_WARNING": lua.LNumber(3),
		},
		absent: []string{"setresp", "set_repl", "REPL_ALL", "REPL_AOF", "REPL_SLAVE", "REPL_REPLICA", "REPL_NONE",
			"breakpoint", "debug", "acl_check_cmd", "REDIS_VERSION", "REDIS_VERSION_NUM", "register_function"},
	}
}

// call is redis.call, which raises an error reply, and redis.pcall, which returns it.
func (in *interpreter) call(l *lua.LState, raises bool) int {
	reply := in.dispatch(l)
	if in.run.unknown != nil {
		raises = true // nothing that the script does from here on matters
	}
	if reply.Err == "" {
		l.Push(in.toLua(reply.Reply))
		return 1
	}
	t := l.CreateTable(0, 1)
	t.RawSetString("err", lua.LString(reply.Err))
	if raises {
		l.Error(t, 0)
	}
	l.Push(t)
	return 1
}

func (in *interpreter) dispatch(l *lua.LState) Reply {
	cmd := make([]string, l.GetTop())
	for i := range cmd {
		switch v := l.Get(i + 1).(type) {
		case lua.LString:
			cmd[i] = string(v)
		case lua.LNumber:
			// With all its digits, unlike tostring.
			cmd[i] = formatDigits(float64(v), 17)
		default:
			return failure("ERR Lua redis lib command arguments must be strings or integers")
		}
	}
	if len(cmd) == 0 {
		return failure("ERR Please specify at least one argument for this redis lib call")
	}
	if c, ok := lookup(cmd); ok && !c.fits(cmd) {
		return failure("ERR Wrong number of args calling Redis command from script")
	}
	return in.run.command(cmd)
}

// toLua converts the reply of a command: null is false, and a simple string is a table.
func (in *interpreter) toLua(r drivers.Reply) lua.LValue {
	if r.Kind == drivers.Text && in.run.status {
		t := in.state.CreateTable(0, 1)
		t.RawSetString("ok", lua.LString(r.Text))
		return t
	}
	return in.itemToLua(r)
}

func (in *interpreter) itemToLua(r drivers.Reply) lua.LValue {
	switch r.Kind {
	case drivers.Int:
		return lua.LNumber(r.Int)
	case drivers.Text:
		return lua.LString(r.Text)
	case drivers.Array:
		t := in.state.CreateTable(len(r.Items), 0)
		for _, item := range r.Items {
			t.Append(in.itemToLua(item))
		}
		return t
	}
	return lua.LFalse
}

// errorReply puts ERR before a text of one word: the first of several is taken for the
// code.
func errorReply(l *lua.LState) int {
	return single(l, "err", func(s string) string {
		s = strings.TrimPrefix(s, "-")
		if !strings.Contains(s, " ") {
			return "ERR " + s
		}
		return s
	})
}

func statusReply(l *lua.LState) int {
	return single(l, "ok", func(s string) string { return s })
}

func single(l *lua.LState, name string, spell func(string) string) int {
	t := l.CreateTable(0, 1)
	if s, ok := l.Get(1).(lua.LString); ok && l.GetTop() == 1 {
		t.RawSetString(name, lua.LString(spell(string(s))))
	} else {
		t.RawSetString("err", lua.LString("ERR wrong number or type of arguments"))
	}
	l.Push(t)
	return 1
}

func sha1hex(l *lua.LState) int {
	if l.GetTop() != 1 {
		l.Error(lua.LString("wrong number of arguments"), 0)
	}
	sum := sha1.Sum([]byte(luaText(l.Get(1))))
	l.Push(lua.LString(hex.EncodeToString(sum[:])))
	return 1
}
