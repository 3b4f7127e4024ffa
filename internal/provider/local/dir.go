package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rlbench/rlbench/internal/provider/owner"
)

const (
	// dirPrefix begins the name of every directory made here. The owner follows in
	// the name itself, not in a file: a directory is then never without one, not
	// even for the instant in which another run looks for what can be removed.
	dirPrefix = "rlbench-"
	// serverName holds the identity of the server process, logName its output,
	// configName its configuration if it has a file for it.
	serverName = "server"
	logName    = "log"
	configName = "redis.conf"
)

// MakeDir makes a directory for a server. Its name says whose it is, so that Reap
// removes it when its owner is dead.
func MakeDir() (string, error) {
	self, err := owner.Self()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", dirPrefix+self.String()+"-")
	if err != nil {
		return "", fmt.Errorf("make directory for server: %w", err)
	}
	return dir, nil
}

// ownerOf reads the owner from a directory's name.
func ownerOf(name string) (owner.Owner, bool) {
	label, ok := strings.CutPrefix(name, dirPrefix)
	end := strings.LastIndexByte(label, '-')
	if !ok || end < 0 {
		return owner.Owner{}, false
	}
	o, err := owner.Parse(label[:end])
	return o, err == nil
}

// recordServer writes down which process the directory belongs to.
func recordServer(dir string, pid int) error {
	server, err := owner.Of(pid)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has exited already; whoever waits for it will say why
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, serverName), []byte(server.String()), 0o600); err != nil {
		return fmt.Errorf("record server: %w", err)
	}
	return nil
}

// Reap kills the servers and removes the directories of owners that are dead. It
// returns the directories removed. Those of other users are left to them.
func Reap() ([]string, error) {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("list directories: %w", err)
	}
	var removed []string
	var failed []error
	for _, dir := range dirs {
		o, ok := ownerOf(filepath.Base(dir))
		if !ok || !o.Dead() && !o.OtherBoot() {
			continue
		}
		err := errors.Join(killServer(dir), os.RemoveAll(dir))
		switch {
		case err == nil:
			removed = append(removed, dir)
		case !errors.Is(err, fs.ErrPermission):
			failed = append(failed, fmt.Errorf("reap %s: %w", dir, err))
		}
	}
	return removed, errors.Join(failed...)
}

// killServer kills the process recorded in dir if that very process still lives.
func killServer(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, serverName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	server, err := owner.Parse(string(b))
	if err != nil {
		return nil // the owner died before it had written it
	}
	if now, err := owner.Of(server.PID); err != nil || now != server {
		return nil
	}
	return syscall.Kill(server.PID, syscall.SIGKILL)
}
