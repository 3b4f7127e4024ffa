// Package doctor says what this machine has of what rlbench needs. It only looks:
// nothing is pulled, built or started.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/provider/local/namespace"
)

// Finding is one line of the answer.
type Finding struct {
	Name   string
	OK     bool
	Detail string // what was found
	Do     string // what to do about it, empty if nothing needs to be done
}

// minOpenFiles leaves room: a run with default settings opens some 200 at once, a
// closed loop one more for each of its workers.
const minOpenFiles = 1024

// Examine looks at everything, in the order in which a run would need it.
func Examine(ctx context.Context) []Finding {
	findings := containers(ctx)
	return append(findings, processes(ctx), networks(ctx), compiler(), imitation(), cores(), openFiles(), kernel())
}

// containers tells of the Docker Engine, and of its images if it answers.
func containers(ctx context.Context) []Finding {
	e, err := docker.Connect(ctx)
	if err != nil {
		return []Finding{wanting("docker engine", err)}
	}
	defer e.Close()
	engine := Finding{Name: "docker engine", OK: true, Detail: e.Version + " at " + e.Host}
	return []Finding{engine, images(e.Images(ctx))}
}

func images(present []string) Finding {
	f := Finding{Name: "images", OK: len(present) > 0, Detail: strings.Join(present, ", ")}
	if !f.OK {
		f.Detail = "neither " + docker.Official + " nor one that was built here"
		f.Do = "docker pull " + docker.Official + " or, without a registry, make image"
	}
	return f
}

func processes(ctx context.Context) Finding {
	p, err := local.Find(ctx, "")
	if err != nil {
		return wanting("redis-server", err)
	}
	return Finding{Name: "redis-server", OK: true, Detail: p.Version + " at " + p.Path}
}

// compiler tells whether a server can be put under a virtual clock.
func compiler() Finding {
	const name = "c compiler"
	path, err := exec.LookPath("cc")
	if err != nil {
		return Finding{Name: name, Detail: "without one counterexamples are replayed in real time, and graphs are not confirmed",
			Do: "install the packages gcc and libc6-dev (Debian, Ubuntu)"}
	}
	return Finding{Name: name, OK: true, Detail: "builds the virtual clock of explore --confirm and replay: " + path}
}

// imitation is always there, and never a substitute.
func imitation() Finding {
	return Finding{Name: "embedded", OK: true, Detail: "miniredis, not a real Redis: the last resort of --server auto, no evidence"}
}

// networks tells whether local processes can form a deployment of several nodes.
func networks(ctx context.Context) Finding {
	const name = "namespaces"
	if err := namespace.Check(ctx); err != nil {
		return wanting(name, err)
	}
	return Finding{Name: name, OK: true, Detail: "sentinel and cluster run as local processes too"}
}

func cores() Finding {
	n := runtime.NumCPU()
	f := Finding{Name: "cores", OK: n >= 2, Detail: fmt.Sprint(n)}
	if !f.OK {
		f.Do = "use a machine with two or more: server and load would take turns on one"
	}
	return f
}

func openFiles() Finding {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return wanting("open files", fmt.Errorf("read limit: %w", err))
	}
	f := Finding{Name: "open files", OK: limit.Cur >= minOpenFiles, Detail: fmt.Sprint(limit.Cur)}
	if !f.OK {
		f.Do = fmt.Sprintf("ulimit -n %d", minOpenFiles)
	}
	return f
}

func kernel() Finding {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return wanting("kernel", fmt.Errorf("read kernel version: %w", err))
	}
	detail := unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
	return Finding{Name: "kernel", OK: true, Detail: detail + " " + runtime.GOARCH}
}

// wanting turns an error into a finding, with its advice if it has one.
func wanting(name string, err error) Finding {
	if m, ok := errors.AsType[*provider.Missing](err); ok {
		return Finding{Name: name, Detail: m.What, Do: m.Do}
	}
	return Finding{Name: name, Detail: err.Error()}
}
