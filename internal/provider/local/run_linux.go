package local

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the server when this program dies, even by
// SIGKILL. A process group of its own keeps a terminal's Ctrl-C from the server:
// the run that is being interrupted still needs it to finish.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
