package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/scenarios"
)

// runFlags are the flags of `rlbench run`.
type runFlags struct {
	selection
	settings
	server, image, out string
	seed               uint64
	dryRun             bool
}

func (p *Program) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use: "run", Short: "Run limiters under load, judge them, draw charts", Args: cobra.NoArgs,
		Long: "run starts a Redis server, tries every selected limiter in every selected scenario, and writes a run\n" +
			"folder: histories, result.json, environment.json, charts and summary.md.",
		Example: "  rlbench run\n" +
			"  rlbench run --scenario concurrent --algorithm gcra --technique naive,lua --driver goredis\n" +
			"  rlbench run --scenario saturate --server local --seed 7",
		RunE: func(c *cobra.Command, _ []string) error { return p.run(c.Context(), &f) },
	}
	f.selection.register(c.Flags(), map[string]string{
		"scenario": strings.Join(mainJob, ","), "client": history.DefaultClient, "algorithm": "all but the controls",
	})
	f.settings.register(c.Flags())
	c.Flags().StringVar(&f.server, "server", choose.Flags[0], "where servers run: "+strings.Join(choose.Flags, ", "))
	c.Flags().StringVar(&f.image, "image", "", "container image of the server (default: the official one, else a local build)")
	c.Flags().StringVar(&f.out, "out", "", "folder of the run (default: runs/<UTC time>-seed<seed>)")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed of all schedules (default: a random one, which is printed)")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the matrix and the estimated time, and run nothing")
	return c
}

func (p *Program) run(ctx context.Context, f *runFlags) error {
	cells, err := p.cells(f)
	if err != nil {
		return err
	}
	if f.dryRun {
		return p.dryRun(cells)
	}
	folder, err := newFolder(f.out, f.seed)
	if err != nil {
		return err
	}
	defer folder.close()
	s, err := p.openSession(ctx, f, folder, cells)
	if err != nil {
		folder.takeBack()
		return err
	}
	runErr := s.runAll(ctx)
	closeErr := s.close()
	if len(s.result.Cells) == 0 {
		folder.takeBack()
	}
	if err := cmp.Or(runErr, closeErr); err != nil {
		p.salvage(folder, s.result)
		return advise(err)
	}
	return p.finish(folder, s.result)
}

// salvage reports what a run that was cut short has finished. Whatever fails on the
// way has the cause that is reported already.
func (p *Program) salvage(folder *folder, r *result.Result) {
	if len(r.Cells) > 0 {
		_ = p.finish(folder, r)
	}
}

// advise says what to do about a failure whose text does not.
func advise(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: free some space, or choose another place with --out", err)
	}
	return err
}

// cells expands the matrix that the flags select. Every mistake in a flag is found
// here, before anything is started.
func (p *Program) cells(f *runFlags) ([]scenarios.Cell, error) {
	list, err := p.scenarios(f.selection)
	if err != nil {
		return nil, err
	}
	if err := f.check(list); err != nil {
		return nil, err
	}
	for i := range list {
		if list[i], err = f.apply(list[i]); err != nil {
			return nil, err
		}
	}
	subjects, err := p.subjects(f.selection)
	if err != nil {
		return nil, err
	}
	names, err := pick("topology", f.topology, topologyNames())
	if err != nil {
		return nil, err
	}
	if _, err := pick("server", []string{f.server}, choose.Flags); err != nil {
		return nil, err
	}
	if !f.flags.Changed("seed") {
		f.seed = randomSeed()
	}
	var cells []scenarios.Cell
	for _, topology := range names {
		cells = append(cells, scenarios.Expand(list, topology, subjects, f.seed)...)
	}
	return cells, nil
}

// randomSeed is short enough to be typed.
func randomSeed() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return uint64(binary.LittleEndian.Uint32(b[:]))
}

// overhead is the usual time of a trial besides its load: opening and warming a
// client, reading counters, judging, writing.
const overhead = 300 * time.Millisecond

func estimate(c scenarios.Cell) time.Duration { return c.Scenario.Length() + overhead }

func estimateAll(cells []scenarios.Cell) (total time.Duration) {
	for _, c := range cells {
		total += estimate(c)
	}
	return total
}

func (p *Program) dryRun(cells []scenarios.Cell) error {
	for _, c := range cells {
		fmt.Fprintf(p.Stdout, "%s repeat %d: limit %d per %s, %s, expected %s\n", c.Cell, c.Repeat,
			c.Scenario.Limit.L, c.Scenario.Limit.W, c.Scenario.Length(), c.Expectation().Verdict)
	}
	_, err := fmt.Fprintf(p.Stdout, "%d trials, about %s\n", len(cells), estimateAll(cells).Round(time.Second))
	return err
}

// finish draws and reports what was recorded, and turns verdicts into the exit
// code.
func (p *Program) finish(folder *folder, r *result.Result) error {
	charts, err := writeCharts(folder.file("charts"), r)
	if err != nil {
		return err
	}
	if err := writeReports(folder.path, r); err != nil {
		return err
	}
	if err := report.Terminal(p.Stdout, r); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "\nsummary  %s\n", folder.file("summary.md"))
	for _, c := range charts {
		fmt.Fprintf(p.Stdout, "chart    %s\n", c)
	}
	return verdictError(r.Cells)
}

// verdictError is not nil if a cell is not what its scenario expects.
func verdictError(cells []result.Cell) error {
	var unexpected, unknown int
	for _, c := range cells {
		switch {
		case c.AsExpected:
		case c.Verdict == "unknown":
			unknown++
		default:
			unexpected++
		}
	}
	switch {
	case unexpected > 0:
		return &exitError{ExitUnexpected, fmt.Errorf("%d of %d cells are not as expected", unexpected, len(cells))}
	case unknown > 0:
		return &exitError{ExitInconclusive, fmt.Errorf("%d of %d cells have no verdict although one is expected", unknown, len(cells))}
	}
	return nil
}
