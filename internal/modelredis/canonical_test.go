package modelredis_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// canonical reads the scripts of the algorithms.
func canonical(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../algorithms/*/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources[filepath.Base(path)] = string(source)
	}
	for _, name := range []string{"fixedwindow.lua", "slidinglog.lua", "tokenbucket.lua", "gcra.lua"} {
		if sources[name] == "" {
			t.Fatalf("there is no %s among %d scripts", name, len(sources))
		}
	}
	return sources
}

// frozen makes a script read a clock that is an argument, on the model and on a real
// server alike, and gives its key a deadline that both see at the same distance.
const frozen = `
local real, fake = redis.call, table.remove(ARGV)
local redis = {call = function(name, ...)
  if name == 'TIME' then
    return {string.sub(fake, 1, -7), string.sub(fake, -6)}
  end
  return real(name, ...)
end}
`

// arguments draws what a technique would send to a script.
func arguments(t *rapid.T, name string, id int) []string {
	limit := rapid.Int64Range(1, 6).Draw(t, "limit")
	// A window is so long that no key dies while the test runs.
	window := rapid.SampledFrom([]int64{3_600_000, 3_600_007, 86_400_000}).Draw(t, "window")
	args := []string{strconv.FormatInt(limit, 10), strconv.FormatInt(window, 10)}
	switch name {
	case "slidinglog.lua":
		args = append(args, "id"+strconv.Itoa(id))
	case "gcra.lua", "tokenbucket.lua":
		args = append(args, strconv.FormatInt(rapid.Int64Range(1, 8).Draw(t, "burst"), 10))
	}
	if cost := rapid.Int64Range(0, 8).Draw(t, "cost"); cost > 0 {
		args = append(args, strconv.FormatInt(cost, 10))
	}
	return args
}

// changing is the number that a reply of the fixed window owes to the real clock.
var changing = regexp.MustCompile(`^\[(\d+), \d+\]$`)

// The scripts of the algorithms answer and write the same as on a real server, for
// random arguments and a clock that is the same for both.
func TestCanonicalScriptsLikeARealServer(t *testing.T) {
	conn, m := start(t), modelredis.New()
	for name, source := range canonical(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { compareScript(t, conn, m, name, source) })
		})
	}
}

func compareScript(t *rapid.T, conn *server, m *modelredis.Model, name, source string) {
	conn.do([]string{"FLUSHALL"})
	var s modelredis.Store
	at := somewhen
	for i := range rapid.IntRange(1, 12).Draw(t, "calls") {
		at += algorithms.Instant(rapid.Int64Range(-1_000, 4_000_000_000).Draw(t, "elapsed"))
		cmd := drivers.Command{"EVAL", frozen + source, "1", "key"}
		cmd = append(append(cmd, arguments(t, name, i)...), strconv.FormatInt(int64(at), 10))
		request := modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}}
		result := advance(t, m, s, request)
		real := conn.do(cmd)[0]
		got, want := comparable(result.Replies[0]), comparable(real)
		if name == "fixedwindow.lua" {
			got, want = changing.ReplaceAllString(got, "[$1]"), changing.ReplaceAllString(want, "[$1]")
		}
		if got != want {
			t.Fatalf("call %d, arguments %q\n model %s\n redis %s", i, cmd[4:], result.Replies[0], real)
		}
		s = result.Store
		compareKey(t, conn, s)
	}
}

// compareKey compares the one key that the scripts have, but for its deadline.
func compareKey(t *rapid.T, conn *server, s modelredis.Store) {
	m := modelredis.New()
	for _, look := range []drivers.Command{{"TYPE", "key"}, {"GET", "key"}, {"HGETALL", "key"}, {"ZRANGE", "key", "0", "-1", "WITHSCORES"}} {
		got := advance(t, m, s, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{look}}).Replies[0]
		if want := conn.do(look)[0]; comparable(got) != comparable(want) {
			t.Fatalf("%q\n model %s\n redis %s", look, got, want)
		}
	}
}

// FuzzRun looks for commands and scripts at which the model panics or hangs.
func FuzzRun(f *testing.F) {
	for name, source := range canonical(f) {
		f.Add("EVAL", source, "1", "key", "3", "1000", "1", name)
	}
	for _, source := range scripts {
		f.Add("EVAL", source, "1", "key", "4", "5", "", "")
	}
	for _, shape := range shapes {
		words := append(regexp.MustCompile(` +`).Split(shape, -1), make([]string, 8)...)
		f.Add(words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7])
	}
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i string) {
		m := modelredis.New()
		var s modelredis.Store
		for _, cmd := range []drivers.Command{{"ZADD", "z", "1", "a"}, {"HSET", "h", "f", "1"}, {"SET", "s", "text", "PX", "5"}, {a, b, c, d, e, g, h, i}, {a, b, c, d}, {a, b, c}, {a, b}, {a}} {
			r, err := m.Run(s, somewhen, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}})
			if err != nil {
				continue
			}
			if s = r.Store; len(r.Replies) != 1 || r.Replies[0].String() == "" {
				t.Errorf("%q has replies %v", cmd, r.Replies)
			}
			again, err := m.Run(s, somewhen, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}})
			twice, err2 := modelredis.New().Run(s, somewhen, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}})
			if (err == nil) != (err2 == nil) || err == nil && (again.Store.Encode() != twice.Store.Encode() || again.Replies[0].String() != twice.Replies[0].String()) {
				t.Errorf("%q answers %v, and in a fresh model %v", cmd, again, twice)
			}
		}
	})
}
