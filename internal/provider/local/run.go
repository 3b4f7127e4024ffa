package local

import (
	"os/exec"
	"runtime"
)

// Run starts cmd and returns a channel that is closed when it has ended. The
// process dies with this program, even by SIGKILL, where the kernel can do that.
//
// The goroutine stays on one operating system thread until then: the kernel
// sends the parent-death signal when the *thread* that forked ends, and Go may
// end a thread long before the program.
func Run(cmd *exec.Cmd) (<-chan struct{}, error) {
	dieWithParent(cmd)
	exited := make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		// How it ended is of no use: it is always killed, or its log says why.
		_ = cmd.Wait()
		close(exited)
	}()
	return exited, <-started
}
