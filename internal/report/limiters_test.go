package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// What no table shows is not explained.
func TestLegend(t *testing.T) {
	tested, speed := cell("lua", "goredis", "valid", 0), priced("gcra", "lua", 74, 1, 150)
	for _, f := range []form{markdown, terminal} {
		for _, c := range []struct {
			cells     []result.Cell
			overshoot bool
		}{{[]result.Cell{speed}, false}, {[]result.Cell{speed, tested}, true}} {
			got := legend(limiterTables(c.cells), f)
			if !strings.Contains(got, "Unanswered is") || strings.Contains(got, "Overshoot is") != c.overshoot {
				t.Errorf("form %d explains %q", f, got)
			}
		}
		if got := legend(nil, f); got != "" {
			t.Errorf("form %d explains no table: %q", f, got)
		}
	}
}
