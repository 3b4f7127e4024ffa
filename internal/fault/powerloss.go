package fault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// PowerLoss is Crash with what a machine without power forgets besides: what the server
// had written to its append-only file since the last fsync. Nobody here can cut a
// machine's power, so the file is cut back instead, while the server is dead.
//
// With appendfsync everysec, Redis 7.0 writes what came first in a second of its clock and then
// syncs. So the file is cut where that second began, which the server is told to note in the
// file (aof-timestamp-enabled); one second earlier if a sync was still under way.
// Later versions sync a second after the last time, in whatever part of it: there the loss is
// one that could have been, of up to a second as always. With always, every answer has
// waited for its sync, and nothing is cut. A snapshot is synced before it takes the place of the
// one before: none is cut either.
type PowerLoss struct{}

// Name returns "power-loss".
func (PowerLoss) Name() string { return "power-loss" }

// About implements Fault.
func (PowerLoss) About() string {
	return "the primary's process is ended by SIGKILL, its append-only file is cut back to the last fsync, and it is started again at once"
}

// Prepare implements Preparer.
func (f PowerLoss) Prepare(ctx context.Context, to Target) error {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return err
	}
	if s, err := setting(ctx, n, "appendonly"); err != nil || s == "no" {
		return err
	}
	_, err = topology.Ask(ctx, n, "CONFIG", "SET", "aof-timestamp-enabled", "yes")
	return err
}

// Inject implements Fault.
func (f PowerLoss) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	keeper, ok := n.Node.(provider.Keeper)
	if !ok {
		return Injected{}, fmt.Errorf("%s: the files of %s cannot be reached%s", f.Name(), n.Name, anyNode)
	}
	log, err := logOf(ctx, n)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if log == nil {
		return again(ctx, to.Deployment, n, f.Name(), nil)
	}
	return again(ctx, to.Deployment, n, f.Name(), func(ctx context.Context) error { return log.cut(ctx, keeper) })
}

// appendLog is the append-only file of a server.
type appendLog struct {
	// dir and name are the settings appenddirname and appendfilename.
	dir, name string
	// syncing says that a sync was under way just before the server died.
	syncing bool
}

// logOf returns the file of a server that does not wait for each sync; nil if there is
// none such.
func logOf(ctx context.Context, n topology.Node) (*appendLog, error) {
	values := map[string]string{}
	for _, name := range []string{"appendonly", "appendfsync", "appenddirname", "appendfilename"} {
		value, err := setting(ctx, n, name)
		if err != nil {
			return nil, err
		}
		values[name] = value
	}
	if values["appendonly"] == "no" || values["appendfsync"] == "always" {
		return nil, nil
	}
	r, err := topology.Ask(ctx, n, "INFO", "persistence")
	if err != nil {
		return nil, err
	}
	pending := provider.InfoFields(r.Text)["aof_pending_bio_fsync"]
	return &appendLog{values["appenddirname"], values["appendfilename"], pending != "0"}, nil
}

// cut cuts the file back to what was on the disk.
func (l *appendLog) cut(ctx context.Context, files provider.Keeper) error {
	manifest, err := files.File(ctx, path.Join(l.dir, l.name+".manifest"))
	if err != nil {
		return err
	}
	last, err := lastPart(manifest)
	if err != nil {
		return err
	}
	last = path.Join(l.dir, last)
	content, err := files.File(ctx, last)
	if err != nil {
		return err
	}
	at, err := l.synced(content)
	if err != nil {
		return fmt.Errorf("%s: %w", last, err)
	}
	return files.Truncate(ctx, last, int64(at))
}

// lastPart is the name of the part that the server appends to: of type i in the manifest,
// the last of them.
func lastPart(manifest []byte) (name string, err error) {
	for line := range strings.Lines(string(manifest)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "file" && strings.Contains(line+" ", " type i") {
			name = words[1]
		}
	}
	if name == "" {
		return "", errors.New("the manifest of the append-only file names no part that is appended to")
	}
	return name, nil
}

// stamp begins the note of a second in the file.
var stamp = []byte("#TS:")

// synced is where the last second began of which all before is on the disk.
func (l *appendLog) synced(content []byte) (int, error) {
	at := bytes.LastIndex(content, stamp)
	if at > 0 && l.syncing {
		at = bytes.LastIndex(content[:at], stamp)
	}
	if at < 0 {
		return 0, errors.New("no second is noted in the append-only file: the server was told too late to do so")
	}
	return at, nil
}

// setting is one of a server's.
func setting(ctx context.Context, n topology.Node, name string) (string, error) {
	r, err := topology.Ask(ctx, n, "CONFIG", "GET", name)
	if err != nil {
		return "", err
	}
	return r.Pairs()[name], nil
}
