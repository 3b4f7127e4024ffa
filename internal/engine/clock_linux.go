package engine

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// monotonic reads CLOCK_MONOTONIC in nanoseconds by a system call.
func monotonic() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic("read CLOCK_MONOTONIC: " + err.Error())
	}
	return ts.Nano()
}

// preciseSleep gives the calling goroutine a thread of its own whose sleeps end
// within microseconds; the returned function undoes it. Go's own timers are up to
// a millisecond late on an idle process, which would count as response time.
//
// Go lets as many goroutines run at once as there are cores. The one that keeps
// the time gets a place beside them: else it would queue behind hundreds that try a
// transaction again and again, and a limiter would slow its own load down.
func preciseSleep() (release func()) {
	runtime.LockOSThread()
	cores := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(cores + 1)
	// An error only means a coarser slack, which the lateness in the result shows.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1000, 0, 0, 0)
	return func() {
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0)
		runtime.GOMAXPROCS(cores)
		runtime.UnlockOSThread()
	}
}

// nap returns at an instant of CLOCK_MONOTONIC, at once if it has passed.
func nap(until int64) {
	ts := unix.NsecToTimespec(until)
	for unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &ts, nil) == unix.EINTR {
		continue // Go preempts threads by signals
	}
}
