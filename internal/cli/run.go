package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// runFlags are the flags of `rlbench run`.
type runFlags struct {
	selection
	settings
	subject        service
	durability     topology.Settings
	server         server
	metrics        metricsFlag
	image, out     string
	suite          string
	seed           uint64
	dryRun, resume bool
}

func (p *Program) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use: "run [--resume [RUN]]", Short: "Run limiters under load, judge them, draw charts",
		Long: "run starts a Redis server, tries every selected limiter in every selected scenario, and writes a run\n" +
			"folder: histories, result.json, environment.json, charts, report.html and summary.md.\n\n" +
			"A run that was cut short (Ctrl-C, a crash, a full disk) keeps every cell that it has finished. With --resume\n" +
			"it goes on (default: the newest), with the flags and the seed it was started with.",
		Example: "  rlbench run\n" +
			"  rlbench run --scenario concurrent --algorithm gcra --technique naive,lua --driver goredis\n" +
			"  rlbench run --scenario saturate --server local --seed 7\n" +
			"  rlbench run --scenario partition --topology sentinel,cluster\n" +
			"  rlbench run --suite quick --metrics :9464\n" +
			"  rlbench run --subject http://127.0.0.1:8080/check --contract bucket --limit 100 --window 1s --burst 20\n" +
			"  rlbench run --resume",
		Args: func(c *cobra.Command, args []string) error {
			if f.resume {
				return oneRun(c, args)
			}
			return noArguments(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.metrics.listen(c.Context(), &f); err != nil {
				return err
			}
			defer f.metrics.close()
			if f.resume {
				return p.resume(c.Context(), &f, args)
			}
			return p.run(c.Context(), &f)
		},
	}
	f.selection.register(c.Flags(), map[string]string{
		"scenario": strings.Join(mainJob, ","), "client": history.DefaultClient, "topology": defaultTopology, "policy": history.NoPolicy, "algorithm": "all but the controls",
	})
	c.Flags().StringVar(&f.suite, "suite", "", "a named plan instead of --scenario: "+suiteNames())
	f.settings.register(c.Flags())
	f.subject.register(c.Flags())
	f.server = server(choose.Flags[0])
	c.Flags().Var(&f.server, "server", "where servers run: "+strings.Join(choose.Flags, ", ")+"; or the address of your own,\n"+
		given.Form+"\n(password: "+given.PasswordVar+")")
	c.Flags().StringVar(&f.image, "image", "", "container image of the server (default: the official one, else a local build)")
	c.Flags().IntVar(&f.durability.MinReplicas, "min-replicas", 0, "replicas that a primary must hear from every second, or it refuses writes (min-replicas-to-write)")
	c.Flags().StringVar(&f.durability.Persistence, "persistence", topology.NoPersistence, "what servers keep on disk: "+strings.Join(topology.Persistences(), ", "))
	c.Flags().StringVar(&f.metrics.address, "metrics", "", "serve Prometheus metrics of the run at [host]:port while it is going on, such as :9464;\nwithout a host to this machine alone")
	c.Flags().StringVar(&f.out, "out", "", "folder of the run (default: runs/<UTC time>-seed<seed>)")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed of all schedules (default: a random one, which is printed)")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the matrix and the estimated time, and run nothing")
	c.Flags().BoolVar(&f.resume, "resume", false, "go on with a run that was cut short")
	return c
}

func (p *Program) run(ctx context.Context, f *runFlags) error {
	cells, err := p.cells(ctx, f)
	if err != nil {
		return err
	}
	if f.dryRun {
		return p.dryRun(f.seed, cells)
	}
	folder, err := newFolder(f.out, "seed"+strconv.FormatUint(f.seed, 10))
	if err != nil {
		return err
	}
	defer folder.close()
	return p.carryOut(ctx, f, folder, cells, nil)
}

// carryOut runs the cells that are not finished. earlier is nil for a new run.
func (p *Program) carryOut(ctx context.Context, f *runFlags, folder *folder, cells []scenarios.Cell, earlier *stored) error {
	s, err := p.openSession(ctx, f, folder, cells, earlier)
	if err != nil {
		folder.takeBack()
		return advise(err)
	}
	s.view = f.metrics.serve(p.Stderr, len(cells), len(s.result.Cells))
	runErr := s.runAll(ctx)
	err = errors.Join(runErr, s.close())
	if len(s.result.Cells) == 0 {
		folder.takeBack()
		return advise(fmt.Errorf("%w: nothing was finished", err))
	}
	return p.finish(folder, s.result, err)
}

// cells expands the matrix that the flags select. Every mistake in a flag is found
// here, before anything is started.
func (p *Program) cells(ctx context.Context, f *runFlags) ([]scenarios.Cell, error) {
	if err := f.subject.resolve(f.flags.Changed, f.window); err != nil {
		return nil, err
	}
	chosen, err := p.parts(f)
	if err != nil {
		return nil, err
	}
	lists := make([][]scenarios.Scenario, len(chosen))
	for i, part := range chosen {
		if lists[i], err = p.scenarios(part.selection); err != nil {
			return nil, err
		}
		part.repeated(lists[i])
	}
	if err := f.applyAll(lists); err != nil {
		return nil, err
	}
	if !f.flags.Changed("seed") {
		f.seed = randomSeed()
	}
	var cells []scenarios.Cell
	if f.subject.given() {
		cells, err = f.subject.cells(slices.Concat(lists...), f.seed)
		return cells, cmp.Or(err, f.checkBurst(cells))
	}
	if cells, err = p.matrix(ctx, f, chosen, lists); err != nil {
		return nil, err
	}
	if err := f.checkBurst(cells); err != nil {
		return nil, err
	}
	return p.suitable(cells)
}

// applyAll checks the settings and puts them into the scenarios of every part.
func (f *runFlags) applyAll(lists [][]scenarios.Scenario) (err error) {
	if err := f.check(slices.Concat(lists...)); err != nil {
		return err
	}
	for _, list := range lists {
		for i := range list {
			if list[i], err = f.apply(list[i]); err != nil {
				return err
			}
			if list[i].Faults != nil && f.durable() {
				list[i] = withDurability(list[i])
			}
		}
	}
	return nil
}

// matrix expands the parts, one topology after the other, so that each is started as
// seldom as can be.
func (p *Program) matrix(ctx context.Context, f *runFlags, chosen []part, lists [][]scenarios.Scenario) (cells []scenarios.Cell, err error) {
	subjects, on := make([][]scenarios.Subject, len(chosen)), make([][]string, len(chosen))
	for i, part := range chosen {
		if subjects[i], err = p.subjects(part.selection); err != nil {
			return nil, err
		}
		if on[i], err = pickTopologies(part.topology, &f.server); err != nil {
			return nil, err
		}
	}
	if err := f.server.check(f.image, slices.Concat(lists...)); err != nil {
		return nil, err
	}
	names, err := pick("topology", slices.Concat(on...), topologyNames())
	if err != nil {
		return nil, err
	}
	if err := f.checkDurability(names, slices.Concat(lists...)); err != nil {
		return nil, err
	}
	if err := p.isolate(ctx, f, names, slices.Concat(lists...)); err != nil {
		return nil, err
	}
	for _, topology := range names {
		for i, list := range lists {
			if slices.Contains(on[i], topology) {
				cells = append(cells, scenarios.Expand(list, topology, subjects[i], f.seed)...)
			}
		}
	}
	return cells, nil
}

// suitable leaves out the cells that cannot be played, and says so: once for a
// scenario that a topology cannot play.
func (p *Program) suitable(cells []scenarios.Cell) (kept []scenarios.Cell, err error) {
	said := map[string]bool{}
	for _, c := range cells {
		name, reason := c.Cell.String(), c.Unsuited()
		if c.Unplayable() {
			name = c.Cell.Scenario + "/" + c.Topology
		}
		if reason == "" {
			kept = append(kept, c)
		} else if !said[name] {
			said[name] = true
			fmt.Fprintf(p.Stderr, "rlbench: %s is left out: %s\n", name, reason)
		}
	}
	if len(kept) == 0 {
		return nil, usagef("nothing is left to run: none of the chosen limiters can play the chosen scenarios on the chosen topologies")
	}
	return kept, nil
}

// randomSeed is short enough to be typed.
func randomSeed() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return uint64(binary.LittleEndian.Uint32(b[:]))
}

func (p *Program) dryRun(seed uint64, cells []scenarios.Cell) error {
	fmt.Fprintf(p.Stdout, "seed %d\n", seed)
	for _, c := range cells {
		fmt.Fprintf(p.Stdout, "%s repeat %d: limit %d per %s, trial of %s, %s\n", c.Cell, c.Repeat,
			c.Scenario.Limit.L, c.Scenario.Limit.W, c.Scenario.Length(), expects(c.Expectation().Verdict))
	}
	_, err := fmt.Fprintf(p.Stdout, "%s, about %s\n", plural(len(cells), "trial"), estimateAll(cells).Round(time.Second))
	return err
}

// expects spells the verdict that a scenario expects.
func expects(verdict string) string {
	if verdict == "any" {
		return "no verdict expected"
	}
	return "expected " + verdict
}

// finish draws and reports what was recorded, and turns verdicts into the exit
// code. cause is what cut the run short, nil for nothing; where it stands, what
// fails here has the same cause.
func (p *Program) finish(folder *folder, r *result.Result, cause error) error {
	_ = os.Remove(folder.file(gate.File)) // about fewer cells: the gate was asked too early
	charts, err := conclude(folder, r)
	if err == nil {
		err = p.show(folder, r, charts)
	}
	switch err = cmp.Or(cause, err); {
	case err == nil:
		return verdictError(r.Cells)
	case r.Run.Complete:
		return err
	}
	return cutShort(folder, r, explain(err))
}

// conclude writes what is made of the cells, and returns the paths of the charts. A
// run is marked as complete last, so that one which is killed here still goes on.
func conclude(folder *folder, r *result.Result) ([]string, error) {
	r.Run.Complete, r.Run.Finished = len(r.Cells) == r.Run.Planned, now()
	charts, err := writeCharts(folder.file("charts"), r)
	if err == nil {
		err = writeReports(folder.path, r)
	}
	if err == nil && r.Run.Complete {
		err = result.WriteDir(folder.path, r)
	}
	r.Run.Complete = r.Run.Complete && err == nil
	return charts, err
}

func (p *Program) show(folder *folder, r *result.Result, charts []string) error {
	if err := report.Terminal(p.Stdout, r, nil); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "\nreport   %s\nsummary  %s\n", folder.file(pageFile), folder.file("summary.md"))
	for _, c := range charts {
		fmt.Fprintf(p.Stdout, "chart    %s\n", c)
	}
	return p.annotate(r, nil)
}

// cutShort says what a run that ends with err has finished, and how it goes on.
func cutShort(folder *folder, r *result.Result, err error) error {
	space := ""
	if full(err) {
		space = "free some space and "
	}
	return fmt.Errorf("%w: %d of %d cells are finished and in %s: %sgo on with rlbench run --resume %s",
		err, len(r.Cells), r.Run.Planned, folder.path, space, folder.path)
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
		return &exitError{ExitUnexpected, fmt.Errorf("%s not as expected", ofCells(unexpected, len(cells), "is", "are"))}
	case unknown > 0:
		return &exitError{ExitInconclusive, fmt.Errorf("%s no verdict although one is due", ofCells(unknown, len(cells), "has", "have"))}
	}
	return nil
}
