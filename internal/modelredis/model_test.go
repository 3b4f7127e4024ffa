package modelredis

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

const now = algorithms.Instant(1_700_000_000_123_456)

// step runs one command at an instant, after the dead keys are gone.
func step(t testing.TB, m *Model, s Store, at algorithms.Instant, words ...string) (Reply, Store) {
	t.Helper()
	s, _ = m.Expire(s, at)
	r, err := m.Run(s, at, Request{Kind: Command, Commands: []drivers.Command{words}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Replies[0], r.Store
}

func fill(t testing.TB, m *Model, cmds ...string) Store {
	t.Helper()
	var s Store
	for _, cmd := range cmds {
		var r Reply
		if r, s = step(t, m, s, now, strings.Fields(cmd)...); r.Err != "" {
			t.Fatal(r)
		}
	}
	return s
}

// The clock is rounded down before a time to live is added to it, and a key lives
// through the whole millisecond of its deadline.
func TestKeyLivesThroughItsDeadlineMillisecond(t *testing.T) {
	for _, set := range []string{"SET k v PX 10", "PSETEX k 10 v", "SET k v PXAT 1700000000133"} {
		m := New()
		s := fill(t, m, set)
		if d := s.Entries()[0].Deadline; d != 1_700_000_000_133 {
			t.Errorf("%s: deadline is %d, want 10 ms after the beginning of the millisecond", set, d)
		}
		for at, want := range map[algorithms.Instant]string{
			1_700_000_000_132_999: "(integer) 1", 1_700_000_000_133_000: "(integer) 0",
			1_700_000_000_133_999: "(integer) 0", 1_700_000_000_134_000: "(integer) -2",
		} {
			if r, _ := step(t, m, s, at, "PTTL", "k"); r.String() != want {
				t.Errorf("%s: PTTL at %d is %s, want %s", set, at, r, want)
			}
		}
	}
}

func TestExpireListsTheDeadInOrder(t *testing.T) {
	m := New()
	s := fill(t, m, "SET b 1 PX 5", "SET a 1 PX 5", "SET c 1", "SET d 1 PX 6")
	left, dead := m.Expire(s, 1_700_000_000_128_999)
	if len(dead) != 0 || left.Encode() != s.Encode() {
		t.Errorf("at the deadline %v are dead, want none", dead)
	}
	left, dead = m.Expire(s, 1_700_000_000_129_000)
	if want := []string{"a", "b"}; !slices.Equal(dead, want) || len(left.Entries()) != 2 {
		t.Errorf("after the deadline %v are dead, want %v; left is %v", dead, want, left.Entries())
	}
}

// EXPIRE with a deadline that is now deletes; SET with the same one does not.
func TestDeadlineThatIsNow(t *testing.T) {
	m := New()
	s := fill(t, m, "SET k v PXAT 1700000000123")
	if r, _ := step(t, m, s, now, "GET", "k"); r.String() != `"v"` {
		t.Errorf("GET after SET PXAT now is %s, want the value", r)
	}
	for _, expire := range []string{"PEXPIREAT k 1700000000123", "PEXPIRE k 0", "EXPIRE k -1", "GETEX k PXAT 1700000000123"} {
		s := fill(t, m, "SET k v", expire)
		if len(s.Entries()) != 0 {
			t.Errorf("after %s there is %v, want nothing", expire, s.Entries())
		}
	}
}

func TestSecondsAreRoundedHalfUp(t *testing.T) {
	m := New()
	for cmd, want := range map[string]string{
		"SET k v PX 1499": "(integer) 1", "SET k v PX 1500": "(integer) 2", "SET k v PX 499": "(integer) 0", "SET k v EX 7": "(integer) 7",
	} {
		if r, _ := step(t, m, fill(t, m, cmd), now, "TTL", "k"); r.String() != want {
			t.Errorf("TTL after %s is %s, want %s", cmd, r, want)
		}
	}
}

// A deadline in the past, which SET accepts, is seen by the next command even within
// the same transaction.
func TestDeadlineInThePastWithinATransaction(t *testing.T) {
	m := New()
	cmds := []drivers.Command{{"SET", "k", "v", "PXAT", "1"}, {"GET", "k"}, {"INCR", "k"}, {"PTTL", "k"}}
	r, err := m.Run(Store{}, now, Request{Kind: Transaction, Commands: cmds})
	if err != nil || spellAll(r.Replies) != `"OK" (nil) (integer) 1 (integer) -1` {
		t.Errorf("replies are %s, error %v", spellAll(r.Replies), err)
	}
}

func spellAll(replies []Reply) string {
	var words []string
	for _, r := range replies {
		words = append(words, r.String())
	}
	return strings.Join(words, " ")
}

func TestEarlyExpiry(t *testing.T) {
	sound, defective := New(), New()
	defective.Defect = EarlyExpiry
	s := fill(t, sound, "SET k v PX 10")
	at := now.Add(10_000_000) // nanoseconds
	if _, dead := sound.Expire(s, at); len(dead) != 0 {
		t.Errorf("the sound model lets %v die at the deadline", dead)
	}
	if _, dead := defective.Expire(s, at); len(dead) != 1 {
		t.Errorf("the defective model lets %v die at the deadline, want k", dead)
	}
	if _, dead := defective.Expire(s, at.Add(-1_000_000)); len(dead) != 0 {
		t.Errorf("the defective model lets %v die a millisecond before", dead)
	}
}

func TestDeafWatch(t *testing.T) {
	for defect, want := range map[Defect][]string{None: {"a", "b"}, DeafWatch: nil} {
		m := New()
		m.Defect = defect
		r, err := m.Run(Store{}, now, Request{Kind: Transaction, Commands: []drivers.Command{{"SET", "b", "1"}, {"INCR", "a"}, {"SET", "b", "2"}}})
		if err != nil || !slices.Equal(r.Touched, want) || len(r.Store.Entries()) != 2 {
			t.Errorf("defect %q: touched are %v, want %v; error %v", defect, r.Touched, want, err)
		}
	}
}

// What the model does not have is an error of Go, however deep it is hidden, and never
// a reply.
func TestUnknownIsNeverAGuess(t *testing.T) {
	m := New()
	s := fill(t, m, "ZADD z 1 a")
	for _, cmd := range []drivers.Command{
		{"APPEND", "k", "v"}, {"SMEMBERS", "k"}, {"ZRANGE", "z", "-", "+", "BYLEX"}, {}, {""},
		{"EVAL", "return redis.call('APPEND', 'k', 'v')", "0"}, {"EVAL", "return redis.pcall('APPEND', 'k', 'v')", "0"},
		{"EVAL", "pcall(redis.call, 'APPEND', 'k', 'v') return 1", "0"}, {"EVAL", "return cjson.encode({})", "0"},
		{"EVAL", "return math.random()", "0"}, {"EVAL", "return tostring({})", "0"}, {"EVAL", "return {{err = 'x'}}", "0"},
		{"EVAL", "return {double = 1.5}", "0"}, {"EVAL", "while true do end", "0"}, {"EVAL", "error({})", "0"},
		{"EVAL", "local function f() return f() + 1 end return f()", "0"}, {"EVAL", "local t = {} t[1] = t return t", "0"},
		{"EVAL", "local s = 'x' while true do s = s .. s end", "0"}, {"EVAL", "return string.rep('x', 1e12)", "0"}, {"EVAL", "#!lua\nreturn 1", "0"},
		{"EVAL", "return redis.setresp(3)", "0"}, {"EVAL", "return load('return 1')()", "0"},
	} {
		_, err := m.Run(s, now, Request{Kind: Command, Commands: []drivers.Command{cmd}})
		if unknown := (*UnknownCommand)(nil); !errors.As(err, &unknown) {
			t.Errorf("%q: error is %v, want an UnknownCommand", cmd, err)
		}
	}
	if r, _ := step(t, m, s, now, "EVAL", "return 1", "0"); r.String() != "(integer) 1" {
		t.Errorf("after all that a script answers %s", r)
	}
}

// A large hash is listed in an order that the model does not know, even when it has
// become small again.
func TestOrderOfALargeHashIsNotKnown(t *testing.T) {
	m := New()
	s := fill(t, m, "HSET h b 1 a 2 "+strings.Repeat("x", 65)+" 3", "HDEL h "+strings.Repeat("x", 65))
	if _, err := m.Run(s, now, Request{Kind: Command, Commands: []drivers.Command{{"HGETALL", "h"}}}); err == nil {
		t.Error("HGETALL has an answer")
	}
	if r, _ := step(t, m, fill(t, m, "HSET h b 1 a 2 c 3", "HSET h b 4", "HDEL h a"), now, "HGETALL", "h"); r.String() != `["b", "4", "c", "3"]` {
		t.Errorf("HGETALL of a small hash is %s", r)
	}
}

func TestScriptsAreKnownByLoadAlone(t *testing.T) {
	m := New()
	script := drivers.NewScript("return redis.call('INCR', KEYS[1])")
	s := fill(t, m, "SET k 1")
	evalsha := []string{"EVALSHA", strings.ToUpper(script.SHA()), "1", "k"}
	_, s = step(t, m, s, now, "EVAL", script.Source(), "1", "k")
	if r, _ := step(t, m, s, now, evalsha...); r.Err != "NOSCRIPT No matching script. Please use EVAL." {
		t.Errorf("EVALSHA of an unknown script answers %s", r)
	}
	m.Load(script.Source())
	if r, _ := step(t, m, s, now, evalsha...); r.String() != "(integer) 3" {
		t.Errorf("EVALSHA of a known script answers %s", r)
	}
}

// No script leaves anything behind for the next.
func TestScriptsLeaveNothingBehind(t *testing.T) {
	m := New()
	for _, source := range []string{
		"KEYS = nil", "redis = nil", "redis.call = nil", "tostring = 1", "string.format = nil", "rawset(_G, 'x', 1)", "rawset(redis, 'call', nil)",
		"setmetatable(_G, nil)", "getmetatable('').__index = nil", "getmetatable('').__add = nil", "function string.len() end", "KEYS[1] = 'z'", "error({err = 'X y'})",
	} {
		step(t, m, Store{}, now, "EVAL", source, "1", "k")
		r, _ := step(t, m, Store{}, now, "EVAL", "return {KEYS[1], tostring(x == nil), ('5'):len() + '1', redis.call('PING').ok}", "1", "k")
		want := "(error) ERR user_script:1: Script attempted to access nonexistent global variable 'x'"
		if !strings.HasPrefix(r.String(), want) {
			t.Errorf("after %s: x is known: %s", source, r)
		}
		if r, _ = step(t, m, Store{}, now, "EVAL", "return {KEYS[1], string.format('%d', '5' + 1), ('5'):len(), redis.call('PING').ok}", "1", "k"); r.String() != `["k", "6", 1, "PONG"]` {
			t.Errorf("after %s the next script answers %s", source, r)
		}
	}
}

// A script that fails keeps what it wrote, and says which it was.
func TestScriptThatFailsMidway(t *testing.T) {
	m := New()
	script := drivers.NewScript("redis.call('SET', 'k', 'kept')\nreturn redis.call('INCR', 'k')")
	r, s := step(t, m, Store{}, now, "EVAL", script.Source(), "0")
	if want := "ERR value is not an integer or out of range script: " + script.SHA() + ", on @user_script:2."; r.Err != want {
		t.Errorf("error is\n %s, want\n %s", r.Err, want)
	}
	if len(s.Entries()) != 1 || s.Entries()[0].Value != "kept" {
		t.Errorf("left is %v, want what was written", s.Entries())
	}
}

func TestTimeStandsStillWithinARequest(t *testing.T) {
	m := New()
	for _, cmds := range [][]drivers.Command{
		{{"TIME"}, {"TIME"}},
		{{"EVAL", "local a = redis.call('TIME') return a", "0"}, {"TIME"}},
	} {
		r, err := m.Run(Store{}, now, Request{Kind: Transaction, Commands: cmds})
		if err != nil || spellAll(r.Replies) != `["1700000000", "123456"] ["1700000000", "123456"]` {
			t.Errorf("%q answer %s, error %v", cmds, spellAll(r.Replies), err)
		}
	}
}

// Equal stores have equal texts whatever their history, and unequal ones do not.
func TestEncode(t *testing.T) {
	m := New()
	same := [][2][]string{
		{{"SET a 1", "SET b 2"}, {"SET b 2", "SET a 1"}},
		{{"ZADD z 1 a 2 b"}, {"ZADD z 2 b", "ZADD z 3 a", "ZADD z 1 a"}},
		{{"SADD s a b"}, {"SADD s b", "SADD s a"}},
		{nil, {"SET a 1", "DEL a"}},
	}
	for _, pair := range same {
		if a, b := fill(t, m, pair[0]...), fill(t, m, pair[1]...); a.Encode() != b.Encode() {
			t.Errorf("%v and %v differ", a.Entries(), b.Entries())
		}
	}
	different := [][]string{
		nil, {"SET a 1"}, {"SET a 1 PX 5"}, {"SET a 1 PX 6"}, {"SET a 12"}, {"SET a1 2"}, {"SET a 1", "SET b 1"}, {"HSET a 1 2"}, {"HSET a 1 2 3 4"}, {"HSET a 3 4 1 2"},
		{"ZADD a 1 2"}, {"ZADD a 2 1"}, {"SADD a 1"}, {"SADD a 1 2"}, {"SADD a 12"}, {"ZADD a 1 x 1 y"},
	}
	seen := map[string]int{}
	for i, cmds := range different {
		text := fill(t, m, cmds...).Encode()
		if j, found := seen[text]; found {
			t.Errorf("%q and %q have the same text", cmds, different[j])
		}
		seen[text] = i
	}
}

func TestEntriesAndWithout(t *testing.T) {
	s := fill(t, New(), "SET s text PX 10", "HSET h b 2 a 1", "ZADD z 2 b 1.5 a", "SADD m y x")
	want := []Entry{
		{"h", "hash", "a=1 b=2", -1}, {"m", "set", "x y", -1},
		{"s", "string", "text", 1_700_000_000_133}, {"z", "zset", "a@1.5 b@2", -1},
	}
	if got := s.Entries(); !reflect.DeepEqual(got, want) {
		t.Errorf("entries are %v, want %v", got, want)
	}
	less := s.Without("m").Without("none")
	if len(less.Entries()) != 3 || less.Entries()[1].Key != "s" || len(s.Entries()) != 4 {
		t.Errorf("without m there are %v, and before %v", less.Entries(), s.Entries())
	}
}

func TestKeysRenamedAndWrites(t *testing.T) {
	for cmd, want := range map[string]struct {
		keys, renamed string
		writes        bool
	}{
		"GET a": {"a", "GET A", false}, "MGET a b a": {"a b", "MGET A B A", false}, "SET a a": {"a", "SET A a", true}, "del a b": {"a b", "del A B", true},
		"EVAL s 2 a b a": {"a b", "EVAL s 2 A B a", true}, "EVALSHA s 0 a": {"", "EVALSHA s 0 a", true}, "EVAL s x a": {"", "EVAL s x a", true}, "EVAL s 9 a": {"", "EVAL s 9 a", true},
		"TIME": {"", "TIME", false}, "WATCH a b": {"a b", "WATCH A B", false}, "GET": {"", "GET", false}, "ZADD a 1 a": {"a", "ZADD A 1 a", true}, "GETEX a": {"a", "GETEX A", true},
	} {
		words := strings.Fields(cmd)
		keys, err1 := Keys(words)
		renamed, err2 := Renamed(words, strings.ToUpper)
		writes, err3 := Writes(words)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Errorf("%s: %v", cmd, err)
		}
		if strings.Join(keys, " ") != want.keys || strings.Join(renamed, " ") != want.renamed || writes != want.writes {
			t.Errorf("%s: keys %q, renamed %q, writes %v; want %+v", cmd, keys, renamed, writes, want)
		}
	}
	_, err1 := Keys([]string{"APPEND", "k"})
	_, err2 := Renamed(nil, strings.ToUpper)
	_, err3 := Writes([]string{"APPEND"})
	if err1 == nil || err2 == nil || err3 == nil {
		t.Errorf("errors of unknown commands are %v, %v, %v", err1, err2, err3)
	}
}

func TestReplyString(t *testing.T) {
	for want, r := range map[string]Reply{
		"(integer) -1": integer(-1), "(nil)": null(), "[]": array(nil), `"a\"b\\c\n\x00\xc3\xa4"`: text("a\"b\\c\n\x00ä"), "(error) ERR x": failure("ERR x"),
		`[1, "x", (nil), [2]]`: array([]drivers.Reply{{Kind: drivers.Int, Int: 1}, bulk("x"), {}, {Kind: drivers.Array, Items: []drivers.Reply{{Kind: drivers.Int, Int: 2}}}}),
	} {
		if r.String() != want {
			t.Errorf("got %s, want %s", r, want)
		}
	}
}

// What is written as text is read as the same number.
func TestSeventeenDigits(t *testing.T) {
	for _, v := range []float64{0, 1, -1, 0.1, 1.0 / 3, 1e14, 1e15, 1e17, 123456789012345678, math.MaxFloat64, math.SmallestNonzeroFloat64, 1_700_000_000_123_456} {
		if back, ok := strtod(formatDigits(v, 17)); !ok || back != v {
			t.Errorf("%v is written %s", v, formatDigits(v, 17))
		}
	}
}

// Run must not change a store that it was given: the explorer goes back to it.
func TestStoresAreImmutable(t *testing.T) {
	m := New()
	s := fill(t, m, "SET s 1 PX 10", "HSET h a 1 b 2", "ZADD z 1 a 2 b", "SADD m a b")
	before := s.Encode()
	for _, cmd := range []string{
		"INCR s", "SET s 2", "PERSIST s", "DEL s h z m", "HSET h a 9 c 3", "HSET h c 3", "HDEL h a", "HINCRBY h a 1", "ZADD z 9 a", "ZADD z 3 c", "ZREM z a",
		"ZREMRANGEBYRANK z 0 0", "ZREMRANGEBYSCORE z 1 1", "ZRANGE z 0 -1 REV", "SADD m c", "SREM m a", "GETDEL s", "GETSET s x",
	} {
		if step(t, m, s, now, strings.Fields(cmd)...); s.Encode() != before {
			t.Fatalf("%s has changed the store before it", cmd)
		}
	}
	three := fill(t, m, "HSET h a 1 b 2 c 3", "ZADD z 1 a 2 b 3 c", "SADD m a b c")
	for _, cmd := range []string{"HSET h %s 4", "ZADD z 4 %s", "SADD m %s"} {
		_, d := step(t, m, three, now, strings.Fields(strings.ReplaceAll(cmd, "%s", "d"))...)
		before := d.Encode()
		if step(t, m, three, now, strings.Fields(strings.ReplaceAll(cmd, "%s", "e"))...); d.Encode() != before {
			t.Errorf("%s has changed a store with the same ancestor", cmd)
		}
	}
	if _, after := step(t, m, s, now, "SET", "s", "2"); after.Encode() == before {
		t.Error("SET has changed nothing")
	}
}
