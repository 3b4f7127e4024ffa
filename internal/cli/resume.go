package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/scenarios"
)

// stored is what a run that was cut short has left.
type stored struct {
	env *result.Environment
	// result holds the cells whose histories are there; nil: nothing was finished.
	result *result.Result
}

// resume goes on with a run that was cut short. The plan is made again from the
// flags it was given, and must come out the same; the rest is the way of every run.
func (p *Program) resume(ctx context.Context, f *runFlags, args []string) error {
	path, err := existingRun(args)
	if err != nil {
		return err
	}
	folder, err := storedFolder(path)
	if err != nil {
		return err
	}
	defer folder.close()
	earlier, err := p.readStored(folder.path)
	if err != nil {
		return err
	}
	if r := earlier.result; r != nil && r.Run.Complete && len(r.Cells) == r.Run.Planned {
		fmt.Fprintf(p.Stdout, "%s is complete: all %d cells are finished, and nothing is left to run\n", folder.path, len(r.Cells))
		return verdictError(r.Cells) // as the run itself ended
	}
	cells, err := p.planAgain(ctx, f, folder.path, earlier)
	if err != nil {
		return err
	}
	return p.carryOn(ctx, f, folder, cells, earlier)
}

// carryOn runs what is missing, which may be the charts alone.
func (p *Program) carryOn(ctx context.Context, f *runFlags, folder *folder, cells []scenarios.Cell, earlier *stored) error {
	missing := missing(cells, earlier.cells())
	if f.dryRun {
		return p.dryRun(f.seed, missing)
	}
	if err := folder.sweep(); err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "rlbench: %s goes on: %d of %d cells are finished\n", folder.path, len(cells)-len(missing), len(cells))
	if len(missing) == 0 {
		return p.finish(folder, earlier.result, nil)
	}
	return p.carryOut(ctx, f, folder, cells, earlier)
}

// cells are those that were finished.
func (s *stored) cells() []result.Cell {
	if s == nil || s.result == nil {
		return nil
	}
	return s.result.Cells
}

// readStored reads a run, and drops the cells whose history is damaged or missing.
func (p *Program) readStored(dir string) (*stored, error) {
	r, err := result.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("%w", err)
	}
	env, err := result.ReadEnvironment(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && r == nil:
		return nil, usagef("%s holds no run that has begun: start one with rlbench run --out %s", dir, dir)
	case err != nil:
		return nil, usagef("%w", err)
	case r != nil:
		r.Cells = slices.DeleteFunc(r.Cells, func(c result.Cell) bool { return !p.intact(dir, c) })
	}
	return &stored{env, r}, nil
}

// intact says whether the history of a finished cell is as it was recorded, and tells
// the user if not.
func (p *Program) intact(dir string, c result.Cell) bool {
	err := verify(dir, c)
	if err != nil {
		fmt.Fprintf(p.Stderr, "rlbench: %s r%d is run again: %v\n", c.Name(), c.Repeat, err)
	}
	return err == nil
}

// planAgain makes the cells of a stored run again.
func (p *Program) planAgain(ctx context.Context, f *runFlags, dir string, earlier *stored) ([]scenarios.Cell, error) {
	env := earlier.env
	switch {
	case f.flags.Changed("out"):
		return nil, usagef("--out has no effect with --resume: name the run's folder after it instead")
	case env.Version != version():
		return nil, usagef("%s was made by rlbench %s, and this is %s: go on with the one that made it, or start a new run", dir, env.Version, version())
	}
	if err := f.restore(env.Flags); err != nil {
		return nil, usagef("%s was made with flags that this rlbench does not have: %w", dir, err)
	}
	if err := f.restore(map[string][]string{"seed": {fmt.Sprint(env.Seed)}}); err != nil {
		return nil, err
	}
	cells, err := p.cells(ctx, f)
	if err != nil {
		return nil, err
	}
	was := maps.Clone(env.Config)
	delete(was, "server")
	delete(was, "server.about")
	if d := result.Difference(was, f.config(cells)); d != "" {
		return nil, usagef("%s cannot go on with other settings: %s: leave that flag away, or start a new run", dir, d)
	}
	if done := earlier.cells(); len(missing(cells, done))+len(done) != len(cells) {
		return nil, usagef("%s holds cells that are not of its plan: it was edited by hand, start a new run", dir)
	}
	return cells, nil
}

// missing are the cells of a plan that are not finished. A cell is known by the path
// of its history.
func missing(cells []scenarios.Cell, done []result.Cell) []scenarios.Cell {
	finished := map[string]bool{}
	for _, c := range done {
		finished[c.History] = true
	}
	return slices.DeleteFunc(slices.Clone(cells), func(c scenarios.Cell) bool { return finished[historyPath(c.Cell)] })
}

// goOn takes over what was finished, if it was under the same conditions.
func (s *session) goOn(env *result.Environment) error {
	if err := s.comparable(env); err != nil {
		return err
	}
	if r := s.earlier.result; r != nil {
		r.Run.Complete = false
		r.Run.Resumed = append(r.Run.Resumed, now())
		s.result = r
	}
	s.env = s.earlier.env
	return s.admit(env.Nodes)
}
