package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// stormed is a trial in which so many connections were opened, and so many requests were
// not answered.
func stormed(technique string, opened, failed int64) result.Cell {
	c := cell(technique, "goredis", "valid", 0)
	c.Scenario, c.ConnectionsOpened, c.Failed = "connect-storm", &opened, failed
	return c
}

func TestConnectsSaysWhoFellBack(t *testing.T) {
	policed := stormed("guarded", 1, 0)
	policed.ByPolicy = &result.ByPolicy{Allowed: 100, Denied: 8}
	cells := []result.Cell{policed, stormed("single", 1, 0), stormed("single", 1, 0), stormed("check", 1, 499), stormed("check", 1, 0), stormed("each", 500, 0)}
	got := connects(append(cells, cell("lua", "goredis", "valid", 0)))
	if len(got) != 1 {
		t.Fatalf("%d sections, want one", len(got))
	}
	for _, want := range []string{
		"With single all requests shared one connect and none fell back in 2 of 2 trials.",
		"With check all requests shared one connect and none fell back in 1 of 2 trials; up to 499 requests fell back.",
		"With guarded all requests shared one connect and none fell back in 0 of 1 trial; up to 108 requests fell back.",
		"With each all requests shared one connect and none fell back in 0 of 1 trial.",
	} {
		if !strings.Contains(got[0].text, want) {
			t.Errorf("it says %q, want %q", got[0].text, want)
		}
	}
	if got := connects(cells[:0]); len(got) != 0 {
		t.Errorf("without such trials it says %+v", got)
	}
}
