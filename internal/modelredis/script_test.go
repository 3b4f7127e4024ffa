package modelredis_test

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// Each line is a script, run on a keyspace with the string s = "text" and n = "7".
var scripts = []string{
	// Numbers become text with 14 digits, except as arguments of commands: 17.
	`return tostring(1700000000123456)`, `return 1700000000123456 .. ''`, `return '' .. 0.1`, `return tostring(1/3)`,
	`return tostring(1e15)`, `return tostring(1e14)`, `return tostring(123456789012345)`, `return tostring(-0.0)`, `return tostring(1e100)`,
	`return tostring(1/0) .. tostring(-1/0)`, `return tostring(0/0)`, `return tostring(2^53)`, `return 1 .. 2`, `return 'a' .. 1.5 .. 'b' .. 2 .. ''`,
	`local t = {} for i = 1, 3 do t[#t + 1] = i / 3 end return table.concat(t, ',')`, `return table.concat({1, 2, 1e15}, 0.1)`,
	`redis.call('SET', 'k', 1700000000123456) return redis.call('GET', 'k')`, `redis.call('SET', 'k', 0.1) return redis.call('GET', 'k')`,
	`redis.call('SET', 'k', 1e17) return redis.call('GET', 'k')`, `redis.call('SET', 'k', 1/3) return redis.call('GET', 'k')`,
	`redis.call('SET', 'k', 2^63) return redis.call('GET', 'k')`, `redis.call('SET', 'k', 1/0) return redis.call('GET', 'k')`,
	`redis.call('SET', 'k', 123456789012345678) return redis.call('GET', 'k')`, `redis.call('SET', 'k', -0.0) return redis.call('GET', 'k')`,
	`return redis.call('INCRBY', 'n', 2.0)`, `return redis.call('INCRBY', 'n', 2.5)`, `return redis.call('INCRBY', 'n', 1e15)`,
	`return redis.call('EXPIRE', 'n', 1.5)`, `return redis.call('PEXPIRE', 'n', math.ceil(1.5))`,
	`redis.call('ZADD', 'z', 0.1, 'a') return redis.call('ZSCORE', 'z', 'a')`,
	`redis.call('ZADD', 'z', 1700000000123456, 'a') return redis.call('ZRANGE', 'z', 0, -1, 'WITHSCORES')`,
	// Replies lose fractions; tables end at nil.
	`return 3.99`, `return -3.99`, `return 1e300`, `return -1e300`, `return 0/0`, `return 2^53`, `return 2^63`, `return {1, 2.7, 'x', true, 5}`, `return {1, nil, 3}`, `return {1, false, 3}`,
	`return true`, `return false`, `return nil`, `return`, ``, `return {}`, `return {{}, {1, {2}}}`, `return 'text'`, `return 1, 2`,
	`return {ok = 'fine'}`, `return {err = 'MY problem'}`, `return {err = 'problem'}`, `return {err = 'two\nlines'}`, `return {[1] = 1, ok = 'x'}`, `return {{ok = 'x'}}`,
	`return redis.error_reply('-x')`, `return redis.error_reply('')`, `return redis.error_reply('MY problem')`, `return redis.error_reply('problem')`, `return redis.error_reply('-problem here')`, `return redis.error_reply('-MINUS it')`,
	`return redis.status_reply('FINE')`, `return redis.status_reply()`, `return redis.error_reply()`, `return redis.error_reply(1)`, `return redis.sha1hex('')`, `return redis.sha1hex(12)`, `return redis.sha1hex()`, `return redis.error_reply({})`,
	`return type(redis.error_reply('x').err)`, `return redis.error_reply('problem').err`, `return redis.error_reply('A b').err`,
	`return function() end`, `return print`,
	// Replies of commands in Lua.
	`return type(redis.call('GET', 'none'))`, `return redis.call('GET', 'none')`, `return redis.call('GET', 'none') == false`, `return redis.call('SET', 'k', 1).ok`,
	`return redis.call('SET', 'k', 1)`, `return type(redis.call('SET', 'k', 1))`, `return redis.call('SET', 'k', 1, 'GET')`, `return type(redis.call('SET', 's', 1, 'GET'))`,
	`return redis.call('PING')`, `return redis.call('TYPE', 's').ok`, `return redis.call('TYPE', 's')`, `return redis.call('MGET', 'n', 'none', 's')`,
	`local r = redis.call('MGET', 'n', 'none') return {type(r[1]), type(r[2])}`, `return redis.call('HGETALL', 'none')`, `return #redis.call('HMGET', 'none', 'a', 'b')`,
	`return redis.call('INCRBY', 'n', '9007199254740993') - 0`, `return type(redis.call('TIME')[1])`, `return #redis.call('TIME')`,
	// Errors, midway and caught.
	`redis.call('SET', 'k', 'kept') return redis.call('INCR', 's')`, `redis.call('SET', 'k', 'kept') error('stop')`, `error({err = 'MY stop'})`, `error()`, `error('at', 0)`, `error(12)`,
	`return redis.pcall('INCR', 's')`, `return redis.pcall('INCR', 's').err`, `return redis.pcall('ZADD', 's', 1, 'x').err`, `local ok, e = pcall(redis.call, 'INCR', 's') return e`,
	`local ok, e = pcall(redis.call, 'INCR', 's') return {tostring(ok), type(e), e.err}`, `local ok, e = pcall(error, 'x') return {tostring(ok), e}`, `local ok, e = pcall(function() error('x') end) return e`,
	`return redis.call('GET')`, `return redis.pcall('GET').err`, `return redis.call()`, `return redis.pcall().err`, `return redis.call('GET', {})`, `return redis.pcall('GET', true).err`, `return redis.pcall('GET', nil).err`,
	`return redis.pcall('EVAL', 'return 1', 0).err`, `return nil + 1`, `return 'a' + 1`, `return 'a' .. nil`, `return {} .. 'a'`, `return #nil`, `local x = nil; return x.y`, `return undefined`, `undefined = 1`, `function f() end`,
	`KEYS = 1`, `KEYS[1] = 'changed' return KEYS[1]`, `redis = 1`, `redis.call = 1`, `string.x = 1`, `_G.x = 1`, `rawset(_G, 'x', 1)`, `setmetatable(_G, {})`, `return _G.KEYS == KEYS`, `return _G.undefined`,
	`return assert(false)`, `return assert(nil, 'why')`, `return assert(1)`, `return this is no Lua`, `return 1 +`, `goto x ::x::`, `return type(redis.nothing)`, `return type(string.nothing)`, `return type(math.nothing)`,
	"\n\nredis.call('INCR', 's')", "local a = 1\nlocal function f()\n error('deep')\nend\nf()",
	// Texts as numbers.
	`return tonumber('010')`, `return '010' + 0`, `return 010`, `return tonumber('0x10')`, `return '0x10' + 0`, `return 0x10`, `return tonumber('1e3')`, `return '1e3' * 2`, `return tonumber(' 5 ')`, `return tonumber('5x')`, `return tonumber('')`, `return tonumber(' ')`,
	`return tonumber('1_000')`, `return tonumber('0b1')`, `return tonumber('ff', 16)`, `return tonumber('0xff', 16)`, `return tonumber('zz', 36)`, `return tonumber('8', 8)`, `return tonumber('-ff', 16)`, `return tonumber('1.5')`, `return tostring(tonumber('1.5'))`,
	`return tonumber(nil)`, `return tonumber(true)`, `return tonumber({})`, `return tostring(tonumber('inf'))`, `return tostring(tonumber('nan') ~= nil)`, `return tostring(tonumber('1e999'))`, `return tonumber('9007199254740993')`,
	`return -'3'`, `return '7' % '4'`, `return '2' ^ '3'`, `return '7' - 2 / '4'`, `return 10 == '10'`, `return 1 < '2'`, `return '10' < '9'`, `for i = '1', '3' do redis.call('INCR', 'n') end return redis.call('GET', 'n')`,
	`return 5 % 3`, `return -5 % 3`, `return 5 % -3`, `return tostring(1 % 0.1)`, `return tostring(5.3 % 1)`, `return tostring(1 % 0)`, `return 1700000000123456 % 1000000`, `return tostring(5 % (1/0))`, `return tostring(-5 % (1/0))`,
	`return math.floor(-3.5)`, `return math.ceil(-3.5)`, `return math.floor('3.7')`, `return math.max(1, 5, 3)`, `return math.min('010', 11)`, `return tostring(math.huge)`, `return tostring(math.pi)`, `return math.fmod(-5, 3)`, `return math.abs(-4)`, `return tostring(math.sqrt(2))`, `return math.pow(2, 10)`, `return math.max()`,
	`return 7 / 2`, `return tostring(7 / 2)`, `return 1 / 0`, `return -7 / 2`, `return 2^0.5 == math.sqrt(2)`,
	// Libraries.
	`return string.format('%d', 3.99)`, `return string.format('%d', '42')`, `return string.format('%.0f', 1700000000123456)`, `return string.format('%5.2f|%-6d|%06d|%+d', 3.14159, 42, 42, 7)`, `return string.format('%s %s', 1.5, 'x')`, `return string.format('%s', 1e15)`,
	`return string.format('%g', 0.1)`, `return string.format('%.3g', 1234567)`, `return string.format('%e', 12345.678)`, `return string.format('%x %X %o', 255, 255, 8)`, `return string.format('%c%c', 72, 105)`, `return string.format('%q', 'a"b\\c\nd')`, `return string.format('%%')`, `return string.format('%5s|%-5s|%.2s', 'ab', 'ab', 'abc')`, `return string.format('%i', 5)`, `return string.format('%u', 5)`, `return string.format('%f', 1/0)`, `return string.format('%5.1f', -1/0)`,
	`return string.format('%d')`, `return string.format('%y', 1)`, `return string.format('%s', nil)`, `return string.format('%d', 'x')`, `return string.format('%100d', 1)`, `return string.format('%d', 2^62)`, `return string.format('%#x', 255)`, `return string.format('%.3d', 5)`, `return string.format('%05.1f', 2.25)`, `return string.format('%G', 1e-10)`,
	`return string.len(12345)`, `return string.sub(1234567, 2, 3)`, `return string.rep('ab', 3)`, `return string.rep(1.5, 2)`, `return string.upper('abc')`, `return string.reverse('abc')`, `return string.byte('A')`, `return {string.byte('ABC', 1, -1)}`, `return string.char(72, 105)`, `return ('abc'):len()`, `return #'abc'`,
	`return {string.find('hello', 'l+')}`, `return {string.find('a.b', '.', 1, true)}`, `return {string.match('12 34', '^(%d+) (%d+)$')}`, `return string.match('x', '^%d$')`, `return {string.gsub('hello', 'l', 'L')}`, `return string.gsub('a1', '%d', function(d) return d / 3 end)`, `return string.gsub('ab', '%w', {a = 0.1})`, `return string.gsub('aXb', 'X', 1.5)`,
	`local t = {} for w in string.gmatch('a,b,c', '[^,]+') do t[#t + 1] = w end return t`, `local t = {} for k in string.gmatch(1234, '%d') do t[#t + 1] = k end return t`,
	`local t = {3, 1, 2} table.sort(t) return t`, `local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t`, `local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) return t`, `local t = {1, 2, 3} table.remove(t, 1) return t`, `return table.getn({1, 2})`, `return table.concat({1, {}, 3})`, `return table.concat({})`, `return table.concat({1, 2, 3}, '-', 2, 3)`, `return table.maxn({1, 2, nil, 4})`,
	`return {unpack({1, 2, 3})}`, `return {unpack({1, 2, 3}, 2)}`, `return {unpack({1, 2, 3}, 2, 3)}`, `return select('#', 1, nil, 3)`, `return {select(2, 'a', 'b', 'c')}`, `return {unpack({})}`,
	`local t = {} for i = 1, 7999 do t[i] = i end return select('#', unpack(t))`, `local t = {} for i = 1, 8000 do t[i] = i end return select('#', unpack(t))`,
	`local t = {} for i = 1, 6000 do t[i] = i end redis.call('SADD', 'set', unpack(t)) return redis.call('SCARD', 'set')`,
	`local n = 0 for i, v in ipairs({1, 2, nil, 4}) do n = n + 1 end return n`, `local n = 0 for k, v in pairs({1, 2, a = 3}) do n = n + v end return n`, `return next({}) == nil`, `return type(next)`, `return rawequal('a', 'a')`, `return rawget({5}, 1)`, `local t = rawset({}, 1, 9) return t[1]`,
	`local t = setmetatable({}, {__index = function(t, k) return k .. '!' end}) return t.x`, `local t = setmetatable({}, {__concat = function(a, b) return 'joined' end}) return 'a' .. t`, `return tostring(setmetatable({}, {__tostring = function() return 'me' end}))`,
	`local i = 0 while true do i = i + 1 if i > 5 then break end end return i`, `local i = 0 repeat local j = i i = i + 1 until j > 3 return i`, `for i = 3, 1, -1 do redis.call('INCR', 'n') end return redis.call('GET', 'n')`, `local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(15)`,
	`return redis.LOG_WARNING`, `return redis.replicate_commands()`, `redis.log(redis.LOG_DEBUG, 'x') return 1`, `return type(_VERSION)`, `return _VERSION`, `return #ARGV + #KEYS`, `return {KEYS[1], ARGV[1], ARGV[2]}`, `return tostring(KEYS[2])`, `return ARGV[1] + ARGV[2]`,
	`return tostring(nil) .. tostring(true)`, `return 'x' .. tostring(false)`, `return not nil`, `return 1 and 2`, `return nil or 'x'`,
	`return xpcall(function() error('x') end, function(e) return 'handled' end)`, `local ok, e = xpcall(function() error('x') end, function(e) return 'handled' end) return e`,
	`return #{1, 2, nil}`, `return #{n = 1}`, `return #{1, nil, 3}`,
	`local s = 0 for _, v in ipairs(redis.call('ZRANGE', 'none', 0, -1)) do s = s + v end return s`,
}

func TestScriptsLikeARealServer(t *testing.T) {
	s := start(t)
	m := modelredis.New()
	seed := []drivers.Command{{"SET", "s", "text"}, {"SET", "n", "7"}}
	after := drivers.Command{"MGET", "s", "n", "k"}
	for _, source := range scripts {
		s.do([]string{"FLUSHALL"}, seed[0], seed[1])
		eval := drivers.Command{"EVAL", source, "1", "key", "4", "5"}
		got, err := runAll(m, append(append([]drivers.Command(nil), seed...), eval, after)...)
		if err != nil {
			t.Errorf("%s\n error %v", source, err)
			continue
		}
		want := s.do(eval, after)
		for i, w := range want {
			if g := got[len(seed)+i]; comparable(g) != comparable(w) {
				t.Errorf("%s\n model %s\n redis %s", source, g, w)
			} else if g.Err != w.Err {
				t.Logf("%s\n model %s\n redis %s", source, g, w)
			}
		}
	}
}

// runAll runs commands, one after the other, on an empty store.
func runAll(m *modelredis.Model, cmds ...drivers.Command) ([]modelredis.Reply, error) {
	var s modelredis.Store
	var replies []modelredis.Reply
	now := algorithms.InstantOf(time.Now())
	for _, cmd := range cmds {
		s, _ = m.Expire(s, now)
		r, err := m.Run(s, now, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}})
		if err != nil {
			return nil, err
		}
		s, replies = r.Store, append(replies, r.Replies...)
	}
	return replies, nil
}
