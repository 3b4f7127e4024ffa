package cli

import "runtime/debug"

// frugalPercent is how much garbage there may be for each byte in use. Histories hold
// no pointers: to search gigabytes of them for garbage takes no time, and to let as
// much garbage pile up takes as much memory again.
const frugalPercent = 5

// frugal has garbage collected early, until restore, while a history is judged,
// measured and written. A load is never measured like that: clients run under Go's
// usual collector.
func frugal() (restore func()) {
	before := debug.SetGCPercent(frugalPercent)
	return func() { debug.SetGCPercent(before) }
}
