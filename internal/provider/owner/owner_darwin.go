package owner

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// zombieState is SZOMB of <sys/proc.h>.
const zombieState = 5

func look(pid int) (process, error) {
	k, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return process{}, err
	}
	t := k.Proc.P_starttime
	return process{
		start:  fmt.Sprintf("%d.%06d", t.Sec, t.Usec),
		zombie: k.Proc.P_stat == zombieState,
	}, nil
}

var boot = sync.OnceValues(func() (string, error) {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return "", fmt.Errorf("read boot id: %w", err)
	}
	return id, nil
})
