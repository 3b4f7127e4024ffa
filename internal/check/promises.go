package check

import "github.com/rlbench/rlbench/internal/history"

// Promises judges only what a contract promises of decisions: that not too much was
// admitted, and nothing denied without need. It serves histories that were made up
// whole, such as those of enumerated schedules, where nothing else is in doubt: h needs
// Contract, Keys, Whole and Clock, and its operations in order of Inv.
func Promises(h *history.History) (overshoot, falseRejection Finding) {
	d := new(desk)
	return d.overshoot(h), d.falseRejection(h)
}
