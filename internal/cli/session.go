package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/reap"
	"github.com/rlbench/rlbench/internal/reap/watchdog"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// session is a run in progress: a deployment, and what is recorded of it.
type session struct {
	*Program
	folder     *folder
	cells      []scenarios.Cell
	deployment topology.Deployment
	dismiss    func() // ends the watchdog
	bench      *engine.Bench
	result     *result.Result
	progress   *progress
}

// openSession starts the servers. Nothing is left behind if it fails.
func (p *Program) openSession(ctx context.Context, f *runFlags, folder *folder, cells []scenarios.Cell) (*session, error) {
	p.reap(ctx)
	where, err := choose.Choose(ctx, f.server, f.image)
	if err != nil {
		return nil, serverError(err)
	}
	fmt.Fprintf(p.Stdout, "seed %d; %s\n", f.seed, where.About())
	dismiss, err := watchdog.Start()
	if err != nil {
		return nil, err
	}
	deployment, err := topologyNamed(cells[0].Topology).Start(ctx, where)
	if err != nil {
		dismiss()
		return nil, serverError(err)
	}
	s := &session{Program: p, folder: folder, cells: cells, deployment: deployment, dismiss: dismiss}
	if err := s.connect(ctx, f, where); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// reap removes what earlier runs left behind. A failure is no reason not to run.
func (p *Program) reap(ctx context.Context) {
	removed, err := reap.Reap(ctx)
	if n := removed.Count(); n > 0 {
		fmt.Fprintf(p.Stderr, "rlbench: removed %d containers, networks or folders that a killed run had left behind\n", n)
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "rlbench: could not remove all that an earlier run left behind: %v\n", err)
	}
}

// serverError gives a server that the user asked for wrongly the code of a wrong
// flag.
func serverError(err error) error {
	if errors.Is(err, provider.ErrUsage) {
		return usagef("%w", err)
	}
	return err
}

func (s *session) connect(ctx context.Context, f *runFlags, where provider.Provider) (err error) {
	if s.bench, err = engine.New(ctx, s.deployment.Endpoints(), s.Drivers); err != nil {
		return err
	}
	env, err := s.environment(ctx, f, where)
	if err != nil {
		return err
	}
	if err := newEnough(env); err != nil {
		return err
	}
	if err := result.WriteEnvironment(s.folder.path, env); err != nil {
		return err
	}
	s.result = &result.Result{Run: result.Run{
		Name: filepath.Base(s.folder.path), Seed: f.seed, Started: now(), Planned: len(s.cells),
		Server: serverTitle(env, where.Name()), RealRedis: true, Machine: machineTitle(env.Machine), Version: version(),
		Clients: s.clientVersions(), Settings: f.given(), Titles: s.titles(),
	}}
	return nil
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// close stops what the session started, also after the run was interrupted.
func (s *session) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if s.bench != nil {
		err = s.bench.Close()
	}
	err = errors.Join(err, s.deployment.Stop(ctx))
	if err == nil {
		s.dismiss() // else the watchdog tries again when this process has ended
	}
	return err
}

// runAll runs the cells in order. Whatever ends it early, every finished cell is
// on disk.
func (s *session) runAll(ctx context.Context) error {
	s.progress = newProgress(s.Stderr, s.cells)
	defer s.progress.close()
	for _, cell := range s.cells {
		if err := s.runCell(ctx, cell); err != nil {
			if ctx.Err() != nil {
				return s.interrupted()
			}
			return fmt.Errorf("run %s (%d of %d cells are finished and kept): %w", cell.Cell, len(s.result.Cells), len(s.cells), err)
		}
	}
	s.result.Run.Complete = true
	s.result.Run.Finished = now()
	return result.WriteDir(s.folder.path, s.result)
}

func (s *session) interrupted() error {
	done := "nothing was finished"
	if n := len(s.result.Cells); n > 0 {
		done = fmt.Sprintf("%d of %d cells are finished and in %s", n, len(s.cells), s.folder.path)
	}
	return &exitError{ExitInterrupted, errors.New("interrupted: " + done)}
}

// attempts is how often a cell is tried whose trial turns out to be void: once, and
// three more times.
const attempts = 4

// runCell tries a cell until its trial is not void, at most attempts times, and
// records the last attempt.
func (s *session) runCell(ctx context.Context, cell scenarios.Cell) error {
	for {
		s.progress.start(cell)
		h, err := s.bench.Trial(ctx, cell)
		if err != nil {
			return err
		}
		judged := check.Judge(h)
		if judged.Void == "" || cell.Attempt == attempts {
			s.progress.finish(cell)
			return s.record(h, judged)
		}
		cell.Attempt++
		s.progress.note(fmt.Sprintf("%s is repeated, attempt %d of %d: %s", cell.Cell, cell.Attempt, attempts, judged.Void))
	}
}

// record writes the history first: a result never names a file that is not there.
func (s *session) record(h *history.History, judged check.Report) error {
	c := metrics.Cell(h, judged)
	c.History = historyPath(h.Trial.Cell)
	path := s.folder.file(c.History)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	digest, err := history.WriteFile(path, h)
	if err != nil {
		return err
	}
	c.SHA256 = digest
	next := *s.result // what is counted as finished is what is on disk
	next.Cells = append(next.Cells, c)
	next.Run.Finished = now()
	if err := result.WriteDir(s.folder.path, &next); err != nil {
		return err
	}
	*s.result = next
	s.folder.pointLatest()
	return nil
}

// historyPath is where a cell's history lies in the run folder.
func historyPath(c history.Cell) string {
	return fmt.Sprintf("histories/%s.r%d.parquet", c, c.Repeat)
}
