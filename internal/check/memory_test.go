package check

import (
	"runtime"
	"testing"
)

// Judging takes memory in proportion to the operations, and little of it: a history of
// ten million must fit into a small machine. 73 to 79 bytes were measured.
func TestMemoryPerOperation(t *testing.T) {
	const most = 85 // bytes
	for _, kind := range judgedKinds {
		for _, n := range []int{50_000, 200_000} {
			h := busy(kind, n, 0.5)
			if got := allocated(func() { Judge(h) }) / uint64(n); got > most {
				t.Errorf("%s: judging %d operations allocates %d bytes for each, want at most %d", kind, n, got, most)
			}
		}
	}
}

// allocated counts the bytes that do allocates. The count is one of the process, and
// no other test runs beside this one.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
