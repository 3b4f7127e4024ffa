//go:build linux || darwin

package owner

import (
	"errors"

	"golang.org/x/sys/unix"
)

// exists reports whether the process is there. A process that may not be looked
// at (another user's, where /proc hides those) counts as there.
func (o Owner) exists() bool {
	if errors.Is(unix.Kill(o.PID, 0), unix.ESRCH) {
		return false
	}
	p, err := look(o.PID)
	if err != nil {
		return true
	}
	return p.start == o.Start && !p.zombie
}
