package virtual

import (
	"debug/elf"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// linkage is how a program is started so that a library is loaded before its libc.
type linkage struct {
	// loader is the program's own dynamic loader, as the program names it.
	loader string
}

// linked reads how a program is linked. The error is ErrNoClock if no library can be
// loaded before it.
func linked(path string) (linkage, error) {
	f, err := elf.Open(path)
	if err != nil {
		return linkage{}, noClock(fmt.Sprintf("%s is not a program of this system (%v)", path, err), "name the server itself with --redis-server")
	}
	defer f.Close()
	i := slices.IndexFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	if i < 0 {
		return linkage{}, noClock(path+" is linked statically", "use a server that is linked dynamically, as distributions ship it")
	}
	name, err := io.ReadAll(f.Progs[i].Open())
	if err != nil {
		return linkage{}, fmt.Errorf("read loader of %s: %w", path, err)
	}
	loader := strings.TrimRight(string(name), "\x00")
	if strings.Contains(filepath.Base(loader), "musl") {
		return linkage{}, noClock(path+" is linked to musl, whose time was not tried", "use a server that is linked to glibc, as Debian ships it")
	}
	return linkage{loader: loader}, nil
}

// treeName is the directory, in that of a server, of the files of an image.
const treeName = "tree"

// servers are where the images have their server.
var servers = []string{"usr/bin/redis-server", "usr/bin/valkey-server"}

// fromTree returns the command line, relative to the directory of a server, of the
// server in the files of an image: by the image's own loader, with its own libraries.
func fromTree(dir string) ([]string, error) {
	for _, name := range servers {
		server := filepath.Join(treeName, name)
		if _, err := os.Stat(filepath.Join(dir, server)); err != nil {
			continue
		}
		l, err := linked(filepath.Join(dir, server))
		if err != nil {
			return nil, err
		}
		libraries, err := libraryDirs(dir)
		if err != nil {
			return nil, err
		}
		// The cache is the machine's: a library from there would be another version.
		return []string{filepath.Join(dir, treeName, l.loader), "--inhibit-cache", "--library-path", strings.Join(libraries, ":"), server}, nil
	}
	return nil, fmt.Errorf("find server in image: none of %s", strings.Join(servers, ", "))
}

// libraryDirs lists the directories of the tree that hold libraries.
func libraryDirs(dir string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(filepath.Join(dir, treeName), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(filepath.Base(path), ".so") {
			return err
		}
		parent, err := filepath.Rel(dir, filepath.Dir(path))
		if !slices.Contains(dirs, parent) {
			dirs = append(dirs, parent)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list libraries: %w", err)
	}
	return dirs, nil
}
