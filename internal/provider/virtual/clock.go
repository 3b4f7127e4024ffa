package virtual

import (
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/provider"
)

//go:embed preload/clock.c
var source string

// Names in the directory of a server. They are given relative to it: the names of
// owners hold colons, which LD_PRELOAD takes for the end of a path.
const (
	libraryName = "clock.so"
	clockName   = "clock"
)

// compilers are looked up on PATH in this order.
var compilers = []string{"cc", "gcc", "clang"}

// compile builds the library in the directory of a server. The compiler's own
// temporary files go there too, so that nothing is left if it is killed.
func compile(ctx context.Context, dir string) error {
	cc, err := compiler()
	if err != nil {
		return err
	}
	// Without a libc of its own the library asks for no version of one.
	cmd := exec.CommandContext(ctx, cc, "-x", "c", "-O2", "-Wall", "-fPIC", "-shared", "-nostdlib", "-o", libraryName, "-")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile clock: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func compiler() (string, error) {
	for _, name := range compilers {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", &provider.Missing{
		Kind: ErrNoCompiler,
		What: strings.Join(compilers, ", ") + " not found",
		Do:   "install the package gcc, or have time emulated by waiting",
	}
}

// clock is one word of memory that is shared with a server.
type clock struct {
	memory []byte
	word   *int64
}

// newClock makes the file that the server maps.
func newClock(dir string, at algorithms.Instant) (*clock, error) {
	f, err := os.OpenFile(filepath.Join(dir, clockName), os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make clock: %w", err)
	}
	defer f.Close()
	first := binary.NativeEndian.AppendUint64(nil, uint64(at))
	if _, err := f.Write(first); err != nil {
		return nil, fmt.Errorf("make clock: %w", err)
	}
	memory, err := unix.Mmap(int(f.Fd()), 0, len(first), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map clock: %w", err)
	}
	// A mapping begins at the beginning of a page, so that the word is aligned.
	return &clock{memory: memory, word: (*int64)(unsafe.Pointer(unsafe.SliceData(memory)))}, nil
}

func (c *clock) set(at algorithms.Instant) { atomic.StoreInt64(c.word, int64(at)) }

func (c *clock) close() error { return unix.Munmap(c.memory) }
