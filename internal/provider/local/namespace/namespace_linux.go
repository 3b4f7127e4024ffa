package namespace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Enter replaces this process by one that runs the same command line in a new
// network namespace. It returns nil inside of one, and else only with an error,
// which is ErrNoNamespace where Check would have said so.
func Enter(ctx context.Context) error {
	if inside {
		return nil
	}
	if err := Check(ctx); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("enter network namespace: %w", err)
	}
	args, err := unshare(append([]string{program}, os.Args[1:]...))
	if err != nil {
		return err
	}
	err = syscall.Exec(args[0], args, append(os.Environ(), variable+"=1"))
	return fmt.Errorf("enter network namespace: %w", err)
}

// Check says in one sentence what keeps this process from a namespace with
// partitions, or nil. It makes a namespace with a rule in it, which ends at once.
func Check(ctx context.Context) error {
	restore, err := find("iptables-restore")
	if err != nil {
		return missing("iptables-restore not found", "install the package iptables")
	}
	args, err := unshare([]string{restore})
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	err = runRestore(cmd, []string{"-A INPUT -s 127.0.0.2 -j DROP"})
	if err != nil && ctx.Err() == nil {
		return missing(err.Error(), advice())
	}
	return err
}

// advice names what is usually in the way.
func advice() string {
	if os.Geteuid() == 0 {
		return "give this container the capability SYS_ADMIN, or use --server docker"
	}
	return "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), or use --server docker"
}

// unshare is the command line that runs another one in a new network namespace,
// and where this process is not root in a user namespace that allows it to.
func unshare(args []string) ([]string, error) {
	tool, err := find("unshare")
	if err != nil {
		return nil, missing("unshare not found", "install the package util-linux")
	}
	flags := []string{tool, "-n"}
	if os.Geteuid() != 0 {
		flags = append(flags, "-r")
	}
	return append(flags, args...), nil
}

// find looks for a program where administrators have theirs too: a user's PATH
// often lacks those directories.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if err == nil {
			break
		}
		path, err = exec.LookPath(filepath.Join(dir, name))
	}
	return path, err
}

// Filter replaces all packet filter rules of the namespace by these, at once.
// Each is in the form of iptables: "-A INPUT -s 127.0.1.11 -j DROP". Outside of a
// namespace of its own the process is refused: the rules would be the machine's.
func Filter(ctx context.Context, rules []string) error {
	if !inside {
		return errors.New("filter packets: this process has no network namespace of its own")
	}
	restore, err := find("iptables-restore")
	if err != nil {
		return fmt.Errorf("filter packets: %w", err)
	}
	if err := runRestore(exec.CommandContext(ctx, restore), rules); err != nil {
		return fmt.Errorf("filter packets: %w", err)
	}
	return nil
}

// runRestore runs a command that is iptables-restore. Its lock file belongs to
// root and guards tables that nobody else has, so it is told of another.
func runRestore(cmd *exec.Cmd, rules []string) error {
	lines := append([]string{"*filter", ":INPUT ACCEPT [0:0]"}, rules...)
	cmd.Stdin = strings.NewReader(strings.Join(append(lines, "COMMIT", ""), "\n"))
	cmd.Env = append(os.Environ(), "XTABLES_LOCKFILE="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	first, _, _ := strings.Cut(string(bytes.TrimSpace(out)), "\n")
	return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, first)
}

// raiseLoopback brings up the loopback interface, which is down in a new
// namespace. One that is up proves that this is not a new one: partitions would
// then be made in the machine's own network.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open socket: %w", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, lo); err != nil {
		return fmt.Errorf("read state of loopback: %w", err)
	}
	if lo.Uint16()&unix.IFF_UP != 0 {
		return fmt.Errorf("this is not a new one: unset the variable %s", variable)
	}
	lo.SetUint16(lo.Uint16() | unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("bring up loopback: %w", err)
	}
	return nil
}
