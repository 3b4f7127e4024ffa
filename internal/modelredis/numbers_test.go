package modelredis_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// numbers spells what two numbers become on the many ways out of a script. The
// interpreter loses the sign of zero, so that zeros that were computed lose it in both.
const numbers = `
local a, b = tonumber(ARGV[1]), tonumber(ARGV[2])
local function text(x) if x == 0 then x = 0 end return tostring(x) end
redis.call('SET', 'k', a)
redis.pcall('ZADD', 'z', b, 'm')
return {tostring(a), a .. b, a .. '|' .. b, string.format(ARGV[3], a), text(a % b), text(a / b), text(a * b), text(a - b), text(-a),
  text(ARGV[1] + ARGV[2]), text(ARGV[1] % ARGV[2]), text(math.floor(a)), text(math.ceil(b)), text(math.max(a, b)), text(math.abs(a)),
  redis.call('GET', 'k'), redis.call('ZSCORE', 'z', 'm'), table.concat({a, b}, ' '), string.len(a), a, tostring(a < b), tostring(a == b), text(math.fmod(a, b))}`

// number draws a text that spells a number: any float, a decimal one with few digits,
// or an integer, of a size that limiters have.
func number(t *rapid.T) string {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return strconv.FormatFloat(rapid.Float64().Draw(t, "any"), 'g', -1, 64)
	case 1:
		return strconv.FormatFloat(float64(rapid.Int64Range(-1e6, 1e6).Draw(t, "decimal"))/1000, 'f', -1, 64)
	case 2:
		return strconv.FormatInt(rapid.Int64Range(1_600_000_000_000_000, 1_800_000_000_000_000).Draw(t, "instant"), 10)
	case 3:
		return strconv.FormatInt(rapid.Int64().Draw(t, "integer"), 10)
	}
	return rapid.SampledFrom([]string{"0", "-0", "inf", "-inf", "010", "0x1F", " 7 ", "1e3", "1E-7", "9007199254740993", "99999999999999.5", "999999999999999", "0.1", "-1", "5e-324"}).Draw(t, "special")
}

var directives = []string{"%d", "%5.1f", "%.0f", "%g", "%.17g", "%-12s|", "%012.4f", "%+d", "%x", "%e", "%.3s", "%5d|", "%.14g", "% d", "%G", "%#.3g", "%u", "%o", "%+.2e", "%08d", "%.0e"}

func TestRandomNumbersLikeARealServer(t *testing.T) {
	conn, m := start(t), modelredis.New()
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			cmd := drivers.Cmd("EVAL", numbers, "0", number(t), number(t), rapid.SampledFrom(directives).Draw(t, "directive"))
			conn.do([]string{"DEL", "k", "z"})
			got := advance(t, m, modelredis.Store{}, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}}).Replies[0]
			if want := conn.do(cmd)[0]; unsigned(got) != unsigned(want) {
				t.Fatalf("%q\n model %s\n redis %s", cmd[3:], got, want)
			}
		}
	})
}

// unsigned takes the sign off NaN, which is up to the machine.
func unsigned(r modelredis.Reply) string {
	return strings.NewReplacer("-nan", "nan", "+nan", "nan", "-NAN", "NAN", "+NAN", "NAN", " nan", "nan", " NAN", "NAN").Replace(comparable(r))
}
