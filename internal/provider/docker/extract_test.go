package docker

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// archive is a tar of empty files and links.
func archive(t *testing.T, headers ...tar.Header) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		h.Mode = 0o755
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func unpackInto(t *testing.T, headers ...tar.Header) (string, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	return dir, untar(archive(t, headers...), root)
}

func TestUntarKeepsLinksAndModes(t *testing.T) {
	dir, err := unpackInto(t,
		tar.Header{Name: "./usr/lib/", Typeflag: tar.TypeDir},
		tar.Header{Name: "lib", Typeflag: tar.TypeSymlink, Linkname: "usr/lib"},
		tar.Header{Name: "lib/ld.so", Typeflag: tar.TypeReg},
		tar.Header{Name: "usr/ld.so", Typeflag: tar.TypeLink, Linkname: "usr/lib/ld.so"},
		tar.Header{Name: "dev/null", Typeflag: tar.TypeChar},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"usr/lib/ld.so", "usr/ld.so"} {
		if s, err := os.Stat(filepath.Join(dir, name)); err != nil || s.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// An image is somebody else's: nothing of it may land outside.
func TestUntarStaysInside(t *testing.T) {
	for _, headers := range [][]tar.Header{
		{{Name: "../outside", Typeflag: tar.TypeReg}},
		{{Name: "/../outside", Typeflag: tar.TypeReg}},
		{{Name: "up", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "up/outside", Typeflag: tar.TypeReg}},
	} {
		dir, err := unpackInto(t, headers...)
		if err == nil {
			t.Errorf("%v were unpacked", headers)
		}
		if _, err := os.Stat(filepath.Join(dir, "..", "outside")); err == nil {
			t.Errorf("%v left the root", headers)
		}
	}
}
