package explore

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// words are the commands of a request as plain lists.
func words(r modelredis.Request) (out [][]string) {
	for _, cmd := range r.Commands {
		out = append(out, cmd)
	}
	return out
}

// spell writes a request as one would type it.
func spell(r modelredis.Request) string {
	var list []string
	for _, cmd := range r.Commands {
		args := make([]string, len(cmd))
		for i, a := range cmd {
			if args[i] = a; a == "" || strings.ContainsAny(a, " \n\"'\\") {
				args[i] = strconv.Quote(a)
			}
		}
		list = append(list, strings.Join(args, " "))
	}
	if r.Kind == modelredis.Transaction {
		list = append(append([]string{"MULTI"}, list...), "EXEC")
	}
	return strings.Join(list, " · ")
}

// spellReplies writes what EXEC answers.
func spellReplies(replies []modelredis.Reply) string {
	list := make([]string, len(replies))
	for i, r := range replies {
		list[i] = r.String()
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// spell writes an action as the schedule of a trace has it: "A" is the next step of
// client A, "A resend" one with an event, "evict KEY", "failover N", "late-effect N".
func (r *recorder) spell(a action) string {
	switch {
	case a.kind == transcript.Command:
		return clientName(int(a.who))
	case a.isStep():
		return clientName(int(a.who)) + " " + string(a.kind)
	case a.kind == transcript.Evict:
		return string(a.kind) + " " + r.tables.stores.values[r.state.store].mortal[a.which]
	case a.kind == transcript.Failover, a.kind == transcript.LateEffect:
		return fmt.Sprintf("%s %d", a.kind, a.which+1)
	}
	return string(a.kind)
}
