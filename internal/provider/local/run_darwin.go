package local

import (
	"os/exec"
	"syscall"
)

// dieWithParent keeps a terminal's Ctrl-C from the server. macOS has no
// parent-death signal: after a SIGKILL the watchdog or the next start kills the
// server by the identity in its directory.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
