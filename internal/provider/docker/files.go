package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"

	"github.com/moby/moby/client"
)

// workDir is where a server keeps its files, in every image.
const workDir = "/data"

// File implements provider.Keeper.
func (n *node) File(ctx context.Context, name string) ([]byte, error) {
	_, content, err := n.file(ctx, name)
	return content, err
}

// Truncate implements provider.Keeper.
func (n *node) Truncate(ctx context.Context, name string, size int64) error {
	head, content, err := n.file(ctx, name)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	head.Size = min(size, int64(len(content)))
	if err = w.WriteHeader(head); err == nil {
		_, err = w.Write(content[:head.Size])
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		_, err = n.provider.engine.client.CopyToContainer(ctx, n.name, client.CopyToContainerOptions{
			DestinationPath: path.Dir(path.Join(workDir, name)), Content: &archive, CopyUIDGID: true,
		})
	}
	if err != nil {
		return fmt.Errorf("cut %s in a container: %w", name, err)
	}
	return nil
}

// file returns the head and the content of a file.
func (n *node) file(ctx context.Context, name string) (*tar.Header, []byte, error) {
	from, err := n.provider.engine.client.CopyFromContainer(ctx, n.name, client.CopyFromContainerOptions{SourcePath: path.Join(workDir, name)})
	if err != nil {
		return nil, nil, fmt.Errorf("read %s in a container: %w", name, err)
	}
	defer from.Content.Close()
	r := tar.NewReader(from.Content)
	head, err := r.Next()
	var content []byte
	if err == nil {
		content, err = io.ReadAll(r)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read %s in a container: %w", name, err)
	}
	return head, content, nil
}
