package docker

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/internal/provider/owner"
)

// Valkey is the image that ci/image/build.sh makes of Valkey. It replaces none.
const Valkey = "rlbench/valkey:8.1"

// Extract copies the files of a present image into a directory: programs run from
// there without a container. Nothing of the image runs here, and on no way out is a
// container left behind.
func (e *Engine) Extract(ctx context.Context, name, dir string) error {
	self, err := owner.Self()
	if err != nil {
		return err
	}
	c, err := e.client.ContainerCreate(context.WithoutCancel(ctx), client.ContainerCreateOptions{
		Config: &container.Config{Image: name, Labels: labels(self)},
	})
	if err != nil {
		return fmt.Errorf("extract image %s: %w", name, err)
	}
	err = e.export(ctx, c.ID, dir)
	if removed := e.remove(context.WithoutCancel(ctx), c.ID); err != nil || removed != nil {
		return fmt.Errorf("extract image %s: %w", name, errors.Join(err, removed))
	}
	return nil
}

// Has says whether an image is present.
func (e *Engine) Has(ctx context.Context, name string) bool {
	_, err := e.inspect(ctx, name)
	return err == nil
}

func (e *Engine) export(ctx context.Context, id, dir string) error {
	files, err := e.client.ContainerExport(ctx, id, client.ContainerExportOptions{})
	if err != nil {
		return err
	}
	defer files.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return untar(files, root)
}

// untar writes what is a directory, a file or a link; devices are of no use here. No
// name leads out of the root.
func untar(archive io.Reader, root *os.Root) error {
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = unpack(r, h, root)
		}
		if err != nil {
			return err
		}
	}
}

func unpack(r io.Reader, h *tar.Header, root *os.Root) error {
	name := path.Clean(h.Name)
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o700)
	case tar.TypeSymlink:
		return root.Symlink(h.Linkname, name)
	case tar.TypeLink:
		return root.Link(path.Clean(h.Linkname), name)
	case tar.TypeReg:
		return write(r, root, name, h.FileInfo().Mode().Perm()|0o600)
	}
	return nil
}

func write(r io.Reader, root *os.Root, name string, mode os.FileMode) error {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
