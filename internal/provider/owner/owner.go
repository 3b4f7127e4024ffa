// Package owner says whose a container, a network or a temporary directory is,
// and whether that process still lives. It starts and removes nothing.
//
// A process id alone is not enough: ids are used again, sometimes within
// seconds. An owner is therefore a process id with the start time of the process
// and the boot of the machine.
package owner

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Owner identifies one process. It is comparable.
type Owner struct {
	PID   int
	Start string // when the process started, in the kernel's own unit
	// Boot is the random id of the machine's boot, then "+" and the process
	// namespace where there is one: an id from another namespace, such as that of a
	// container which was given the Docker socket, means nothing in this one.
	Boot string
}

// Self returns the owner that this process is.
var Self = sync.OnceValues(func() (Owner, error) { return Of(os.Getpid()) })

// Of returns the identity of a living process of this machine.
func Of(pid int) (Owner, error) {
	p, err := look(pid)
	if err != nil {
		return Owner{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	boot, err := boot()
	if err != nil {
		return Owner{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	return Owner{PID: pid, Start: p.start, Boot: boot}, nil
}

// process is what the kernel tells of a process id.
type process struct {
	start string
	// zombie: it has ended and waits for its parent to notice.
	zombie bool
}

// String is the label that Parse reads: <pid>:<start time>:<boot id>.
func (o Owner) String() string { return fmt.Sprintf("%d:%s:%s", o.PID, o.Start, o.Boot) }

// Parse reads a label.
func Parse(label string) (Owner, error) {
	f := strings.Split(label, ":")
	if len(f) != 3 || f[1] == "" || f[2] == "" {
		return Owner{}, fmt.Errorf("parse owner: want pid:start:boot, got %q", label)
	}
	pid, err := strconv.Atoi(f[0])
	if err != nil || pid < 1 {
		return Owner{}, fmt.Errorf("parse owner: %q is not a process id", f[0])
	}
	return Owner{PID: pid, Start: f[1], Boot: f[2]}, nil
}

// Dead reports whether the process has certainly ended: it ran on this boot of
// this machine, in this process namespace, and is not there. In doubt it is
// false, because what a living run uses must never be removed.
func (o Owner) Dead() bool {
	here, err := boot()
	return err == nil && o.Boot == here && !o.exists()
}

// OtherBoot reports whether the process ran before the machine's last start, or
// on another machine which shares a Docker Engine with this one.
func (o Owner) OtherBoot() bool {
	here, err := boot()
	theirs, _, _ := strings.Cut(o.Boot, "+")
	ours, _, _ := strings.Cut(here, "+")
	return err == nil && theirs != ours
}
