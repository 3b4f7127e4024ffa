package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/live"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/reap"
	"github.com/rlbench/rlbench/internal/reap/watchdog"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// session is a run in progress: one deployment after the other, and what is recorded
// of them.
type session struct {
	*Program
	flags      *runFlags
	folder     *folder
	cells      []scenarios.Cell
	earlier    *stored             // nil for a new run
	where      provider.Provider   // nil of a remote limiter
	topology   string              // that of the deployment
	settings   topology.Settings   // of its servers
	deployment topology.Deployment // nil of a remote limiter
	spent      bool                // faults have struck the deployment
	dismiss    func()              // ends the watchdog
	bench      *engine.Bench
	env        *result.Environment
	result     *result.Result
	progress   *progress
	view       *live.View // nil if nobody looks on
}

// openSession starts the first servers. Nothing is left behind if it fails.
func (p *Program) openSession(ctx context.Context, f *runFlags, folder *folder, cells []scenarios.Cell, earlier *stored) (*session, error) {
	if f.subject.given() {
		return p.openRemote(ctx, f, folder, cells, earlier)
	}
	p.reap(ctx)
	where, err := choose.Choose(ctx, string(f.server), f.image)
	if err != nil {
		return nil, serverError(err)
	}
	if t := where.Traits(); t.InProcess || t.Shared {
		if err := f.ownServers(); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(p.Stdout, "seed %d; %s\n", f.seed, where.About())
	dismiss, err := watchdog.Start()
	if err != nil {
		return nil, err
	}
	s := &session{Program: p, flags: f, folder: folder, cells: cells, earlier: earlier, where: where, dismiss: dismiss}
	if err := s.deploy(ctx, missing(cells, earlier.cells())[0]); err != nil {
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

// begin starts the result of a run on that server, real or not, or goes on with an
// earlier one.
func (s *session) begin(f *runFlags, env *result.Environment, server string, real bool) error {
	s.result = &result.Result{Run: result.Run{
		Name: filepath.Base(s.folder.path), Seed: f.seed, Started: now(), Planned: len(s.cells),
		Server: server, RealRedis: real, Machine: machineTitle(env.Machine), Version: version(), Program: s.Name,
		Clients: s.clientVersions(), Settings: f.given(), Titles: s.titles(),
	}}
	s.env = env
	if s.earlier != nil {
		return s.goOn(env)
	}
	return result.WriteEnvironment(s.folder.path, env)
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// close stops what the session started, also after the run was interrupted.
func (s *session) close() error {
	err := s.withdraw()
	if err == nil && s.dismiss != nil {
		s.dismiss() // else the watchdog tries again when this process has ended
	}
	return err
}

// runAll runs the cells in order. Whatever ends it early, every finished cell is
// on disk.
func (s *session) runAll(ctx context.Context) error {
	missing := missing(s.cells, s.result.Cells)
	s.progress = newProgress(s.Stderr, missing)
	defer s.progress.close()
	for _, batch := range batches(missing) {
		if err := s.runBatch(ctx, batch); err != nil {
			if ctx.Err() != nil {
				return &exitError{ExitInterrupted, errors.New("interrupted")}
			}
			return fmt.Errorf("run %s: %w", batch[0].Cell, s.cutOff(err))
		}
	}
	return nil
}

// record writes the history first: a result never names a file that is not there.
func (s *session) record(h *history.History, judged check.Report) error {
	defer frugal()()
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
	next.Cells = s.insert(c)
	next.Run.Finished = now()
	if err := result.WriteDir(s.folder.path, &next); err != nil {
		return err
	}
	*s.result = next
	s.folder.pointLatest()
	if s.view != nil {
		s.view.Finished(&c)
	}
	return nil
}

// insert returns the finished cells with one more, in the order of the plan, which a
// run that was resumed does not finish them in.
func (s *session) insert(c result.Cell) []result.Cell {
	place := make(map[string]int, len(s.cells))
	for i, planned := range s.cells {
		place[historyPath(planned.Cell)] = i
	}
	at, _ := slices.BinarySearchFunc(s.result.Cells, place[c.History], func(done result.Cell, want int) int {
		return cmp.Compare(place[done.History], want)
	})
	return slices.Insert(slices.Clone(s.result.Cells), at, c)
}

// historiesDir is the folder of histories inside that of the run.
const historiesDir = "histories"

// historyPath is where a cell's history lies in the run folder. It names the cell:
// no other cell of a run has the same.
func historyPath(c history.Cell) string {
	return fmt.Sprintf("%s/%s.r%d.parquet", historiesDir, c, c.Repeat)
}
