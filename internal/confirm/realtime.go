package confirm

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/modelredis"
)

// pace waits where a trace's clock advances, on a server whose clock is the machine's.
type pace struct{ ms float64 }

// await returns when the clock has advanced as far since the last step as in the trace,
// or when ctx ends: the next command then says so. A millisecond more makes sure that
// what the trace says is dead is dead: a key lives through that of its deadline.
func (p *pace) await(ctx context.Context, ms float64) {
	by := ms - p.ms
	p.ms = ms
	if by <= 0 {
		return
	}
	timer := time.NewTimer(time.Duration(by*1e6) + time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// timed is what may be a time, or a score, a share or a duration that was computed from
// one: counts of requests have fewer digits and no fraction.
var timed = regexp.MustCompile(`-?\d*\.\d+|-?\d{3,}`)

// whole is any integer.
var whole = regexp.MustCompile(`-?\d+`)

// timeless leaves out of a text what depends on when it was made.
func timeless(s string) string { return timed.ReplaceAllString(s, "<time>") }

// signs leaves of every number whether it is negative, zero or positive. A script may
// answer with durations of any length among its numbers, but a verdict is 0 or 1.
func signs(s string) string {
	return whole.ReplaceAllStringFunc(s, func(n string) string {
		switch {
		case n[0] == '-':
			return "-"
		case strings.Trim(n, "0") == "":
			return "0"
		}
		return "+"
	})
}

// timelessAll leaves it out of a keyspace. Of a deadline it remains that there is one.
func timelessAll(entries []modelredis.Entry) []modelredis.Entry {
	list := slices.Clone(entries)
	for i := range list {
		list[i].Value = timeless(list[i].Value)
		list[i].Deadline = min(list[i].Deadline, 0)
	}
	return list
}

// isScript says whether a script answers.
func isScript(commands [][]string) bool {
	return len(commands) == 1 && strings.HasPrefix(strings.ToUpper(commands[0][0]), "EVAL")
}

// readsTime says whether a command answers with a time, however short.
func readsTime(commands [][]string) bool {
	return slices.ContainsFunc(commands, func(cmd []string) bool {
		switch strings.ToUpper(cmd[0]) {
		case "TIME", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME":
			return true
		}
		return false
	})
}
