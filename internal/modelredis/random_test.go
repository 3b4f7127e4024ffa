package modelredis_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// shapes are the commands that random tests draw. A lower-case letter stands for a
// word: k key, v value, f field, i integer, s score, b bound of scores, r rank, a an
// absolute time in seconds and m in milliseconds, both far from now, z a relative time
// that is refused or in the past. A letter in capitals stands for any number of options.
var shapes = []string{
	"GET k", "MGET k k", "SET k v", "SET k v O", "SET k v O", "SET k v PXAT m", "SETNX k v", "SETEX k z v", "PSETEX k z v", "GETSET k v", "GETDEL k",
	"GETEX k G", "GETEX k PXAT m", "INCR k", "DECR k", "INCRBY k i", "DECRBY k i", "DEL k", "DEL k k", "UNLINK k k", "EXISTS k k k", "TYPE k",
	"EXPIRE k z E", "PEXPIRE k z E", "EXPIREAT k a E", "PEXPIREAT k m E", "PEXPIREAT k m", "PERSIST k", "TTL none", "EXPIRETIME k", "PEXPIRETIME k",
	"HSET k f v", "HSET k f v f v", "HSET k f i", "HMSET k f v f i", "HSETNX k f v", "HGET k f", "HMGET k f f", "HGETALL k", "HDEL k f", "HDEL k f f", "HEXISTS k f", "HINCRBY k f i",
	"ZADD k s f", "ZADD k s f s f", "ZADD k Z s f", "ZADD k Z s f s f", "ZREM k f", "ZREM k f f", "ZCARD k", "ZCOUNT k b b", "ZSCORE k f",
	"ZRANGE k r r", "ZRANGE k r r R", "ZRANGE k b b BYSCORE R", "ZRANGE k b b BYSCORE REV LIMIT i i", "ZRANGE k r r REV WITHSCORES", "ZRANGEBYSCORE k b b L", "ZRANGEBYSCORE k b b LIMIT r r", "ZREVRANGE k r r L",
	"ZREMRANGEBYSCORE k b b", "ZREMRANGEBYRANK k r r", "SADD k f", "SADD k f f", "SADD k i i", "SREM k f", "SREM k f f", "SISMEMBER k f", "SCARD k", "PING", "PING v",
}

// words are what the letters stand for.
var words = map[string][]string{
	"v": {"", "1", "7", "-3", "x", "text", "9223372036854775807", "01", "+1", " 1", "1.5", "3 4", "\x00\xff", "-0"},
	"f": {"f", "g", "f", "g", "h", "1", "", "two words"},
	"i": {"1", "2", "-1", "0", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "01", "x", "", "1.0", " 1", "+1", "-0", "1_0"},
	"s": {"1", "2", "1", "2", "3", "1.5", "1", "2", "3", "1", "2", "-1", "0", "-0", "0.1", "1.5", "1e3", "1700000000123456", "0.30000000000000004", "inf", "-inf", "+inf", "nan", "x", "", " 1", "1 ", "1e400", "1e-400", "0x10", "1_0", "infinity", ".5", "5.", "1e17", "3.0000000000000004e-5"},
	"b": {"-inf", "+inf", "-inf", "+inf", "0", "1", "(1", "2", "(2", "(1", "(2", "1.5", "1700000000123456", "(1700000000123456", "x", "", "(", "nan", " 1", "1 ", "(x", "1e400", "inf"},
	"r": {"0", "-1", "1", "2", "-2", "5", "-9", "x", "1.5"},
	"a": {"1", "0", "-5", "4102444800", "4102444801", "9223372036854775", "9223372036854776", "x", "1.5"},
	"m": {"1", "0", "-5", "4102444800000", "4102444800499", "4102444800500", "9223372036854775807", "9223372036854775808", "x"},
	"z": {"0", "-1", "x", "9223372036854775807", "-9223372036854775808", "9223372036854775800", "1.5"},
}

// options are what the capitals stand for, one of them each time.
var options = map[string][]string{
	"O": {"NX", "XX", "GET", "KEEPTTL", "EXAT a", "PXAT m", "EX z", "PX z", "EX", "PERSIST", "nonsense"},
	"G": {"PERSIST", "EXAT a", "PXAT m", "EX z", "PX z", "PX", "NX", "KEEPTTL"},
	"E": {"NX", "XX", "GT", "LT", "gt", "lt", "nonsense"},
	"Z": {"NX", "XX", "GT", "LT", "CH", "INCR", "ch", "incr"},
	"R": {"WITHSCORES", "REV", "LIMIT r r", "BYSCORE", "nonsense", "LIMIT"},
	"L": {"WITHSCORES", "LIMIT r r", "REV", "BYSCORE", "LIMIT 1"},
}

// keys are the names of keys; each kind of commands has one that it is drawn for
// mostly, so that it finds something there.
var keys = []string{"h", "m", "s", "z"}

// home is the key of a command, by the first letter of its name.
func home(t *rapid.T, name string) string {
	if rapid.IntRange(0, 7).Draw(t, "elsewhere") == 0 {
		return rapid.SampledFrom(keys).Draw(t, "key")
	}
	switch name[0] {
	case 'H':
		return "h"
	case 'Z':
		return "z"
	case 'G', 'I', 'M':
		return "s"
	}
	switch name {
	case "SADD", "SREM", "SISMEMBER", "SCARD":
		return "m"
	case "SET", "SETNX", "SETEX", "PSETEX", "DECR", "DECRBY":
		return "s"
	}
	return rapid.SampledFrom(keys).Draw(t, "key")
}

// command draws a command; now and then one with a word too few or too many.
func command(t *rapid.T) drivers.Command {
	cmd := expand(t, rapid.SampledFrom(shapes).Draw(t, "shape"))
	switch rapid.IntRange(0, 39).Draw(t, "odd") {
	case 0:
		cmd = cmd[:max(1, len(cmd)-1)]
	case 1:
		cmd = append(cmd, "extra")
	case 2:
		cmd[0] = strings.ToLower(cmd[0])
	}
	return cmd
}

func expand(t *rapid.T, shape string) drivers.Command {
	var cmd drivers.Command
	for _, w := range strings.Fields(shape) {
		switch {
		case w == "k":
			cmd = append(cmd, home(t, cmd[0]))
		case words[w] != nil:
			cmd = append(cmd, rapid.SampledFrom(words[w]).Draw(t, w))
		case options[w] != nil:
			for range rapid.IntRange(0, 3).Draw(t, "options") {
				cmd = append(cmd, expand(t, rapid.SampledFrom(options[w]).Draw(t, w))...)
			}
		default:
			cmd = append(cmd, w)
		}
	}
	return cmd
}

// draw draws a request: a command, a transaction, or commands within a script.
func draw(t *rapid.T) modelredis.Request {
	cmds := []drivers.Command{command(t)}
	switch rapid.IntRange(0, 5).Draw(t, "how") {
	case 0:
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			cmds = append(cmds, command(t))
		}
		return modelredis.Request{Kind: modelredis.Transaction, Commands: cmds}
	case 1:
		source := rapid.SampledFrom([]string{callIt, pcallIt}).Draw(t, "script")
		cmds[0] = append(drivers.Command{"EVAL", source, "0"}, cmds[0]...)
	}
	return modelredis.Request{Kind: modelredis.Command, Commands: cmds}
}

const (
	callIt  = `return redis.call(unpack(ARGV))`
	pcallIt = `local r = redis.pcall(unpack(ARGV)) return {type(r), type(r) == 'table' and (r.err or r.ok or r) or tostring(r)}`
)

// wire spells a request as a client sends it.
func wire(r modelredis.Request) [][]string {
	var cmds [][]string
	for _, cmd := range r.Commands {
		cmds = append(cmds, cmd)
	}
	if r.Kind == modelredis.Transaction {
		cmds = append(append([][]string{{"MULTI"}}, cmds...), []string{"EXEC"})
	}
	return cmds
}

// said spells the replies of a model to a request as the last reply of the server.
func said(r modelredis.Request, replies []modelredis.Reply) string {
	texts := make([]string, len(replies))
	for i, reply := range replies {
		texts[i] = comparable(reply)
	}
	if r.Kind != modelredis.Transaction || len(replies) == 1 && strings.HasPrefix(replies[0].Err, "EXECABORT") {
		return texts[0]
	}
	for i, reply := range replies {
		if reply.Err != "" {
			texts[i] = modelredis.Reply{Reply: drivers.Reply{Kind: drivers.Text, Text: reply.String()}}.String()
		} else if reply.Kind == drivers.Int {
			texts[i] = strings.TrimPrefix(texts[i], "(integer) ")
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// looks show the whole keyspace, but for the members of a set, which have no order.
var looks = func() [][]string {
	var cmds [][]string
	for _, k := range keys {
		cmds = append(cmds, []string{"TYPE", k}, []string{"PEXPIRETIME", k}, []string{"GET", k}, []string{"HGETALL", k},
			[]string{"ZRANGE", k, "0", "-1", "WITHSCORES"}, []string{"SCARD", k})
		for _, f := range words["f"] {
			cmds = append(cmds, []string{"SISMEMBER", k, f})
		}
	}
	return cmds
}()

// several checks a property a number of times as often as it would be.
func several(t *testing.T, times int, property func(*rapid.T)) {
	for range times {
		rapid.Check(t, property)
	}
}

// somewhen is the instant of the model: the commands of these tests do not show it.
const somewhen = algorithms.Instant(1_700_000_000_123_456)

// advance runs a request on a store. The test fails if the model cannot.
func advance(t *rapid.T, m *modelredis.Model, s modelredis.Store, r modelredis.Request) modelredis.Result {
	s, _ = m.Expire(s, somewhen)
	result, err := m.Run(s, somewhen, r)
	if err != nil {
		t.Fatalf("%q: %v", r.Commands, err)
	}
	return result
}

func TestRandomRequestsLikeARealServer(t *testing.T) {
	conn, m := start(t), modelredis.New()
	several(t, 10, func(t *rapid.T) {
		requests := rapid.SliceOfN(rapid.Custom(draw), 25, 200).Draw(t, "requests")
		for _, look := range looks {
			requests = append(requests, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{look}})
		}
		all := [][]string{{"FLUSHALL"}}
		for _, r := range requests {
			all = append(all, wire(r)...)
		}
		replies := conn.do(all...)[1:]
		var s modelredis.Store
		for i, r := range requests {
			result := advance(t, m, s, r)
			last := len(wire(r)) - 1
			if got, want := said(r, result.Replies), comparable(replies[last]); got != want {
				t.Fatalf("request %d\n %q\n model %s\n redis %s", i, wire(r), got, want)
			}
			s, replies = result.Store, replies[last+1:]
		}
	})
}

// A key is touched exactly if a transaction of another client that watches it aborts.
func TestTouchedKeysAbortLikeARealServer(t *testing.T) {
	conn, m := start(t), modelredis.New()
	var watchers []*server
	for range keys {
		watchers = append(watchers, dial(t, conn.c.RemoteAddr().String()))
	}
	several(t, 2, func(t *rapid.T) {
		for _, w := range watchers { // an earlier failure may have left keys watched
			w.do([]string{"UNWATCH"})
		}
		conn.do([]string{"FLUSHALL"})
		var s modelredis.Store
		for _, r := range rapid.SliceOfN(rapid.Custom(draw), 25, 100).Draw(t, "requests") {
			for i, w := range watchers {
				w.send([]string{"WATCH", keys[i]})
			}
			for _, w := range watchers {
				w.receive(1)
			}
			conn.do(wire(r)...)
			result := advance(t, m, s, r)
			for _, w := range watchers {
				w.send([]string{"MULTI"}, []string{"PING"}, []string{"EXEC"})
			}
			for i, w := range watchers {
				aborted := w.receive(3)[2].IsNil()
				if touched := slices.Contains(result.Touched, keys[i]); touched != aborted {
					t.Fatalf("%q: key %s of %v: touched is %v in the model, EXEC aborted: %v", wire(r), keys[i], s.Entries(), touched, aborted)
				}
			}
			s = result.Store
		}
	})
}

// A time to live counts from the clock of the server: the sum lies between what the
// model makes of the clock before and after.
func TestTimesToLiveLikeARealServer(t *testing.T) {
	conn, m := start(t), modelredis.New()
	for _, line := range []string{
		"SET k v EX 100", "SET k v PX 12345", "SETEX k 100 v", "PSETEX k 12345 v", "EXPIRE k 100", "PEXPIRE k 12345", "EXPIRE k 100 GT", "GETEX k EX 7", "GETEX k PX 7000",
	} {
		cmd, look := drivers.Command(strings.Fields(line)), drivers.Cmd("PEXPIRETIME", "k")
		replies := conn.do([]string{"SET", "k", "v", "EX", "5"}, []string{"TIME"}, cmd, look, []string{"TIME"})
		deadline := func(clock modelredis.Reply) int64 {
			at, err := algorithms.TimeOf(clock.Reply)
			if err != nil {
				t.Fatal(err)
			}
			r, err := m.Run(modelredis.Store{}, at, modelredis.Request{Kind: modelredis.Transaction, Commands: []drivers.Command{{"SET", "k", "v", "EX", "5"}, cmd, look}})
			if err != nil {
				t.Fatal(err)
			}
			return r.Replies[2].Int
		}
		if from, to := deadline(replies[1]), deadline(replies[4]); replies[3].Int < from || replies[3].Int > to {
			t.Errorf("%s: the deadline is %d, in the model %d to %d", line, replies[3].Int, from, to)
		}
	}
}
