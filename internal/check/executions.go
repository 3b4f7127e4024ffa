package check

import "github.com/rlbench/rlbench/internal/history"

// executions looks for decisions that were carried out more than once: a client
// that repeats a command by itself, after a reply that was late or lost, charges
// one request several times, and no answer shows it. The server's own count does.
//
// It is judged where every decision is one script; the number of transactions
// depends on conflicts.
func executions(h *history.History) Finding {
	s := h.Trial.Server
	if !h.Trial.OneScript || s == nil || s.Calls == nil {
		return abstain("not every decision is one script that the server counted")
	}
	ran, sent := s.Calls["evalsha"]+s.Calls["eval"], measured(h, failed|charged|denied)
	if ran > sent {
		return invalid("executed more than once: the server ran %d scripts for %d operations", ran, sent)
	}
	return valid()
}
