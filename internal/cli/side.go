package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/result"
)

// side is one build of a comparison and the run that its trials add up to: a folder
// like any other run's, with a repeat for each pair.
type side struct {
	build
	folder *folder
	result *result.Result // nil before the first trial
}

func newSide(b build, in *folder) (*side, error) {
	s := &side{build: b, folder: &folder{path: in.file(b.side), made: true}}
	if err := os.Mkdir(s.folder.path, 0o755); err != nil {
		return nil, fmt.Errorf("create run folder: %w", err)
	}
	return s, nil
}

// take takes over what the build has played, as the repeat of the pair, and returns its
// cells: those that are wanted. Both sides are judged by this program, whatever the
// builds say.
func (s *side) take(dir string, b *bout, wanted plan) (cells []result.Cell, err error) {
	defer frugal()()
	r, err := result.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %s finished nothing", s.side, s.path)
	case err != nil:
		return nil, usagef("%s: %s writes a result that this program cannot read: %w", s.side, s.path, err)
	}
	if s.result == nil {
		if err := s.begin(dir, r, b); err != nil {
			return nil, err
		}
	}
	for _, c := range r.Cells {
		if !wanted.has(c.Name()) {
			continue
		}
		if c, err = s.keep(dir, c, b.pairs+1); err != nil {
			return nil, err
		}
		cells = append(cells, c)
	}
	if len(cells) < len(wanted.trials) {
		return nil, fmt.Errorf("%s: %s finished %d of %s", s.side, s.path, len(cells), plural(len(wanted.trials), "trial"))
	}
	return cells, nil
}

// keep stores the history of a cell under the number of its pair.
func (s *side) keep(dir string, c result.Cell, repeat int) (result.Cell, error) {
	if err := verify(dir, c); err != nil {
		return c, err
	}
	h, err := history.ReadFile(filepath.Join(dir, c.History))
	if err != nil {
		return c, err
	}
	h.Trial.Cell.Repeat = repeat
	path := historyPath(h.Trial.Cell)
	if err := os.MkdirAll(filepath.Dir(s.folder.file(path)), 0o755); err != nil {
		return c, fmt.Errorf("write history: %w", err)
	}
	digest, err := history.WriteFile(s.folder.file(path), h)
	if err != nil {
		return c, err
	}
	c = metrics.Cell(h, check.Judge(h))
	c.History, c.SHA256 = path, digest
	return c, nil
}

// begin makes the description of the run out of that of its first trial.
func (s *side) begin(dir string, r *result.Result, b *bout) error {
	env, err := result.ReadEnvironment(dir)
	if err != nil {
		return usagef("%s: %s writes an environment that this program cannot read: %w", s.side, s.path, err)
	}
	b.describe(env)
	env.Run = s.side
	run := r.Run
	run.Name, run.Seed, run.Complete = s.side, b.seed, false
	run.Server = strings.TrimSuffix(run.Server, " (given)") + " (" + b.where.Name() + ")"
	run.Settings = slices.DeleteFunc(slices.Clone(run.Settings), func(flag string) bool {
		return b.deployment != nil && strings.HasPrefix(flag, "--server=") // it is gone with this process
	})
	s.result = &result.Result{Run: run}
	return result.WriteEnvironment(s.folder.path, env)
}

// describe puts into the environment of one trial what holds for all of them.
func (b *bout) describe(env *result.Environment) {
	env.Seed, env.Command = b.seed, commandLine(b.Name)
	env.Flags = nil // run --resume would go on with another build
	config := map[string]string{}
	for name, value := range env.Config {
		if strings.HasSuffix(name, ".repeat") {
			value = fmt.Sprint(b.flags.pairs)
		}
		config[name] = value
	}
	config["seed"], config["server"], config["server.about"] = fmt.Sprint(b.seed), b.where.Name(), b.where.About()
	env.Config = config
	for name, n := range env.Nodes {
		if facts := b.facts(name); facts != nil {
			n.Facts = maps.Clone(facts)
			env.Nodes[name] = n
		}
	}
}

// add records cells as finished, of that many which are planned.
func (s *side) add(cells []result.Cell, planned int) error {
	next := *s.result
	next.Cells = append(slices.Clone(s.result.Cells), cells...)
	next.Run.Finished, next.Run.Planned = now(), planned
	if err := result.WriteDir(s.folder.path, &next); err != nil {
		return err
	}
	*s.result = next
	return nil
}

// repeats is the run as if n of its repeats were all of it.
func (s *side) repeats(first, n int) *result.Result {
	r := *s.result
	r.Cells = slices.DeleteFunc(slices.Clone(r.Cells), func(c result.Cell) bool { return c.Repeat < first || c.Repeat >= first+n })
	r.Run.Planned, r.Run.Complete = len(r.Cells), true
	return &r
}
