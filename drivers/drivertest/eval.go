package drivertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

func (s suite) eval(t *testing.T) {
	conn := s.open(t)
	t.Run("answers", func(t *testing.T) { answers(t, conn) })
	t.Run("misfits", func(t *testing.T) { misfits(t, conn) })
	t.Run("noscript", func(t *testing.T) { noScript(t, conn, s.direct(t)) })
	t.Run("midway", func(t *testing.T) { midway(t, conn) })
	t.Run("over", func(t *testing.T) {
		err := conn.Eval(over(), drivers.NewScript("return 1"), nil, nil, make([]int64, 1))
		wantError(t, err, drivers.Failed, "")
	})
}

func answers(t *testing.T, conn drivers.Conn) {
	for source, want := range map[string]string{
		"return 7":                         "[7]",
		"return {7}":                       "[7]",
		"return {1, -2, 9007199254740992}": "[1 -2 9007199254740992]",
		"return {}":                        "[]",
		"return {#KEYS, #ARGV, tonumber(ARGV[2])}": "[1 2 30]",
	} {
		keys, args := []string{"k{t}"}, []string{"a", "30"}
		dst := make([]int64, len(strings.Fields(strings.Trim(want, "[]"))))
		err := conn.Eval(within(t), drivers.NewScript(source), keys, args, dst)
		if got := fmt.Sprint(dst); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", source, got, err, want)
		}
	}
}

// misfits are answers of a script that did run.
func misfits(t *testing.T, conn drivers.Conn) {
	for source, want := range map[string]string{
		"return {1}":        "eval: script answered 1 values, want 2",
		"return {1, 2, 3}":  "eval: script answered 3 values, want 2",
		"return 1":          "eval: script answered 1 values, want 2",
		"return {1, '2'}":   "eval: value 1 of the script's answer is a string, want an integer",
		"return {false, 2}": "eval: value 0 of the script's answer is nil, want an integer",
		"return {{1}, 2}":   "eval: value 0 of the script's answer is an array, want an integer",
		"return {1, redis.error_reply('MINE x')}": "MINE x",
	} {
		err := conn.Eval(within(t), drivers.NewScript(source), nil, nil, make([]int64, 2))
		wantError(t, err, drivers.Unknown, want)
	}
	for _, source := range []string{"return false", "return 'text'", "return redis.status_reply('OK')"} {
		err := conn.Eval(within(t), drivers.NewScript(source), nil, nil, make([]int64, 1))
		wantError(t, err, drivers.Unknown, "")
	}
}

func noScript(t *testing.T, conn, server drivers.Conn) {
	must(t, conn, "DEL", "k{t}")
	script := drivers.NewScript("return redis.call('INCR', KEYS[1])")
	for want := int64(1); want <= 4; want++ {
		if want%2 == 1 {
			must(t, server, "SCRIPT", "FLUSH")
		}
		var dst [1]int64
		if err := conn.Eval(within(t), script, []string{"k{t}"}, nil, dst[:]); err != nil || dst[0] != want {
			t.Fatalf("got %d, %v, want %d: EVAL must follow NOSCRIPT once", dst[0], err, want)
		}
	}
}

// midway: a script that fails keeps what it wrote, so nothing is proven.
func midway(t *testing.T, conn drivers.Conn) {
	must(t, conn, "DEL", "k{t}", "list{t}")
	must(t, conn, "LPUSH", "list{t}", "x")
	for i, source := range []string{
		"redis.call('INCR', KEYS[1]); return redis.call('INCR', 'list{t}')",
		"redis.call('INCR', KEYS[1]); return redis.call('SET', KEYS[1], 1, 'PX', '1.5')",
		"redis.call('INCR', KEYS[1]); return redis.pcall('INCR', 'list{t}')",
		"redis.call('INCR', KEYS[1]); error('by hand')",
		"redis.call('INCR', KEYS[1]); return redis.error_reply('WRONGTYPE by hand')",
	} {
		err := conn.Eval(within(t), drivers.NewScript(source), []string{"k{t}"}, nil, make([]int64, 1))
		wantError(t, err, drivers.Unknown, "")
		if got := must(t, conn, "GET", "k{t}"); got.Text != fmt.Sprint(i+1) {
			t.Errorf("%s: counter is %s, want %d: the write before the error stays", source, got.Text, i+1)
		}
	}
}
