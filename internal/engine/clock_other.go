//go:build !linux

package engine

import "time"

var start = time.Now()

// monotonic counts from the start of the process where CLOCK_MONOTONIC cannot be
// read: histories of several processes cannot be joined there.
func monotonic() int64 { return int64(time.Since(start)) }

func preciseSleep() (release func()) { return func() {} }

// nap returns at an instant of the monotonic clock, as exactly
// runtime's timers are.
func nap(until int64) { time.Sleep(time.Duration(until - monotonic())) }
