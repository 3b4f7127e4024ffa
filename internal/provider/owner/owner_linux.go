package owner

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
)

// Positions in /proc/<pid>/stat, counted from the state, which follows the
// command name in parentheses (proc(5): fields 3 and 22).
const (
	statState = 0
	statStart = 19
)

func look(pid int) (process, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	return parseStat(string(b))
}

// parseStat cuts at the last parenthesis: a command name may contain blanks and
// parentheses of its own.
func parseStat(stat string) (process, error) {
	end := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[end+1:])
	if end < 0 || len(fields) <= statStart {
		return process{}, errors.New("parse process status: too few fields")
	}
	state := fields[statState]
	return process{start: fields[statStart], zombie: state == "Z" || state == "X"}, nil
}

var boot = sync.OnceValues(func() (string, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read boot id: %w", err)
	}
	space, err := os.Readlink("/proc/self/ns/pid") // pid:[4026531836]
	if err != nil {
		return "", fmt.Errorf("read process namespace: %w", err)
	}
	inode := strings.Trim(strings.TrimPrefix(space, "pid:"), "[]")
	return strings.TrimSpace(string(id)) + "+" + inode, nil
})
