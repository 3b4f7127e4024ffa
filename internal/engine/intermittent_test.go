package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/scenarios"
)

// roundedDown is a fixed window whose time to live is cut to whole seconds: right but
// for that.
func roundedDown() algorithms.Technique {
	script := drivers.NewScript(`
local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return count`)
	return algorithms.Technique{
		Name: "rounded-down", About: "INCR, EXPIRE of whole seconds.", Atomic: true, UnitCost: true, Trips: 1,
		New: func(conn drivers.Conn, l algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
			life := algorithms.Text(int64(l.W / time.Second))
			return algorithms.Single{State: "rd", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
				var count [1]int64
				err := conn.Eval(ctx, script, []string{key}, []string{life}, count[:])
				return algorithms.Decision{Allowed: err == nil && count[0] <= l.L, Limit: l.L}, err
			}}
		},
	}
}

// A state that is forgotten too early is found, and one that is not is not accused.
func TestIntermittentUsersFindWhatIsForgottenEarly(t *testing.T) {
	s := scenarios.Intermittent()
	mutant := cellOf(t, s, "fixedwindow", "lua", "goredis")
	mutant.Subject.Technique = roundedDown()
	for name, c := range map[string]struct {
		cell  scenarios.Cell
		early bool
	}{
		"rounded down":          {mutant, true},
		"fixed time to live":    {cellOf(t, s, "tokenbucket", "fixed-ttl", "goredis"), true},
		"the window's script":   {cellOf(t, s, "fixedwindow", "lua", "goredis"), false},
		"the bucket's":          {cellOf(t, s, "tokenbucket", "lua", "goredis"), false},
		"the log's transaction": {cellOf(t, s, "slidinglog", "multi", "goredis"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := bench(t).Trial(t.Context(), c.cell)
			if err != nil {
				t.Fatal(err)
			}
			r := check.Judge(h) // void or not: who is late is not what is asked
			over := slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return f.Overshoot != nil && f.Overshoot.Certain > 0 })
			if over != c.early {
				t.Errorf("overshoot found: %v, want %v: %+v", over, c.early, r.Findings)
			}
		})
	}
}
