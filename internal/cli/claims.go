package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/internal/atomicfile"
	"github.com/rlbench/rlbench/internal/claims"
	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/result"
)

// claimsFlags are the flags of `rlbench claims`.
type claimsFlags struct {
	only   []string
	server server
	out    string
	seed   uint64
	dryRun bool
}

func (p *Program) claimsCommand() *cobra.Command {
	var f claimsFlags
	c := &cobra.Command{
		Use: "claims [FOLDER]", Short: "Try what is said about Redis rate limiting, statement by statement",
		Long: "claims runs the experiments that five documents' statements rest on, on real servers, and writes a table with a\n" +
			"verdict for each: confirmed, refuted, or confirmed under conditions. With a folder that it has written, it judges\n" +
			"what is stored there again, and runs nothing. It reads no history then: rlbench check does.\n\n" +
			"As expected is every verdict that is the one of before; one that is unknown is inconclusive.",
		Example: "  rlbench claims\n  rlbench claims --only 2.3,4.10\n  rlbench claims results",
		Args:    atMostOneFolder,
		RunE: func(c *cobra.Command, args []string) error {
			if !c.Flags().Changed("seed") {
				f.seed = randomSeed()
			}
			list, err := pickClaims(f.only)
			switch {
			case err != nil:
				return err
			case f.dryRun:
				return p.planClaims(list)
			case len(args) == 1:
				if err := runsNothing(c.Flags()); err != nil {
					return err
				}
				return p.judgeClaims(args[0], list)
			}
			return p.claims(c.Context(), &f, list)
		},
	}
	names(c.Flags(), &f.only, "only", "rows to try, a comma list such as 2.3,4.10 (default all)")
	f.server = server(claimsServers[0])
	c.Flags().Var(&f.server, "server", "where servers run: "+strings.Join(claimsServers, ", "))
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed of all schedules (default: a random one, which is printed)")
	c.Flags().StringVar(&f.out, "out", "", "folder of the result (default: runs/<UTC time>-claims)")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the claims and the commands they rest on, and run nothing")
	return c
}

func atMostOneFolder(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("claims wants one folder at most, that of earlier claims, got %d", len(args))
	}
	return nil
}

// runsNothing refuses the flags of a run beside a folder, for which nothing is run.
func runsNothing(flags *pflag.FlagSet) (err error) {
	for _, name := range []string{"server", "seed", "out"} {
		if err == nil && flags.Changed(name) {
			err = usagef("--%s has no effect on claims of a folder: nothing is run for them", name)
		}
	}
	return err
}

// judgeClaims judges what is stored in a folder of earlier claims.
func (p *Program) judgeClaims(dir string, list []claims.Claim) error {
	e, err := readEvidence(filepath.Join(dir, claims.Folder), list)
	if err != nil {
		return err
	}
	return p.showClaims(claims.Judge(list, e))
}

// claimsServers are the values of --server: experiments break servers, and those of an
// imitation show nothing.
var claimsServers = []string{"auto", "docker", "local"}

// check finds the mistakes that need no server.
func (f *claimsFlags) check() error {
	if !slices.Contains(claimsServers, string(f.server)) {
		return unknown("server", f.server.String(), claimsServers)
	}
	return nil
}

// claims runs the experiments and judges them.
func (p *Program) claims(ctx context.Context, f *claimsFlags, list []claims.Claim) error {
	if err := f.check(); err != nil {
		return err
	}
	folder, err := newFolder(f.out, "claims")
	if err != nil {
		return err
	}
	defer folder.close()
	fmt.Fprintf(p.Stdout, "seed %d\n", f.seed)
	failed, err := p.experiments(ctx, f, folder, claims.Needed(list))
	if err != nil {
		return err
	}
	e, err := readEvidence(folder.file(claims.Folder), list)
	if err != nil {
		return err
	}
	d := claims.Judge(list, e)
	if len(e.Runs) == 0 { // an exploration tells nothing of where it was made
		d.Version, d.Seed, d.Machine = version(), f.seed, machineTitle(thisMachine())
	}
	if err := writeClaims(folder, d, e); err != nil {
		return advise(err)
	}
	shown := p.showClaims(d)
	fmt.Fprintf(p.Stdout, "\nclaims   %s\n", folder.file(claims.Page))
	return errors.Join(failed, shown)
}

// pickClaims are the claims of the rows.
func pickClaims(rows []string) ([]claims.Claim, error) {
	var valid []string
	for _, c := range claims.All() {
		valid = append(valid, c.Number)
	}
	chosen, err := pick("row", rows, valid)
	return slices.DeleteFunc(claims.All(), func(c claims.Claim) bool { return !slices.Contains(chosen, c.Number) }), err
}

func (p *Program) planClaims(list []claims.Claim) error {
	for _, c := range list {
		fmt.Fprintf(p.Stdout, "%-5s %s (%s; in short: rlbench %s)\n", c.Number, c.Says, strings.Join(c.From, ", "), c.Narrow)
	}
	for _, x := range claims.Needed(list) {
		fmt.Fprintf(p.Stdout, "%s: rlbench %s\n", x.Name, strings.Join(x.Args, " "))
	}
	return nil
}

// experiments runs each in a process and a folder of its own. One that fails does not
// keep the others from being run: failed says which did, and its claims are unknown.
func (p *Program) experiments(ctx context.Context, f *claimsFlags, folder *folder, list []claims.Experiment) (failed, err error) {
	if err := os.MkdirAll(folder.file(claims.Folder), 0o755); err != nil {
		return nil, advise(fmt.Errorf("write claims: %w", err))
	}
	count := newCount(p.Stderr, "experiments")
	defer count.close()
	for i, x := range list {
		count.show(i, len(list))
		switch err := p.experiment(ctx, f, x, filepath.Join(folder.file(claims.Folder), x.Name)); {
		case ctx.Err() != nil:
			return nil, &exitError{ExitInterrupted, errors.New("interrupted")}
		case err != nil:
			failed = errors.Join(failed, err)
		}
	}
	count.show(len(list), len(list))
	return failed, nil
}

// experiment runs one. That a limiter is not as its scenario expects is for the claim to
// judge, and no failure.
func (p *Program) experiment(ctx context.Context, f *claimsFlags, x claims.Experiment, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start experiment: %w", err)
	}
	args := append(slices.Clone(x.Args), "--out", dir)
	if !x.Explores() {
		args = append(args, "--seed", strconv.FormatUint(f.seed, 10), "--server", f.server.String())
	}
	program := build{side: "experiment " + x.Name, path: self}
	if !x.Watched {
		return program.judged(ctx, args)
	}
	address, err := freeAddress()
	if err != nil {
		return fmt.Errorf("watch %s: %w", x.Name, err)
	}
	watching, stop := context.WithCancel(ctx)
	scraped := make(chan string, 1)
	go func() { scraped <- scrape(watching, address) }()
	err = program.judged(ctx, append(args, "--metrics", address))
	stop()
	if text := <-scraped; err == nil {
		err = os.WriteFile(filepath.Join(dir, claims.MetricsFile), []byte(text), 0o644)
	}
	return err
}

// freeAddress is one on which nobody listens at the moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// scrapeEvery is how often the metrics of a run are asked for.
const scrapeEvery = 100 * time.Millisecond

// scrape asks for the metrics at the address until ctx ends, and returns the longest
// answer: there is the more to tell the more is going on.
func scrape(ctx context.Context, address string) (longest string) {
	for tick := time.NewTicker(scrapeEvery); ; {
		select {
		case <-ctx.Done():
			return longest
		case <-tick.C:
		}
		if text := get(ctx, "http://"+address+"/metrics"); len(text) > len(longest) {
			longest = text
		}
	}
}

// get returns what is at the URL; nothing while nobody is there.
func get(ctx context.Context, url string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body) // one that was cut off is shorter
	return string(text)
}

// readEvidence reads the results of the experiments that the claims rest on. One that is
// not there is left out: its claims are unknown.
func readEvidence(dir string, list []claims.Claim) (*claims.Evidence, error) {
	e := &claims.Evidence{Runs: map[string]*result.Result{}, Explored: map[string]*evidence.Document{}, Metrics: map[string]map[string]float64{}}
	for _, x := range claims.Needed(list) {
		if err := readExperiment(e, x, filepath.Join(dir, x.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("%w", err)
		}
	}
	if len(e.Runs)+len(e.Explored) == 0 {
		return nil, usagef("there is no result of an experiment in %s: rlbench claims runs them", dir)
	}
	if mixed := e.Mixture(); mixed != "" {
		return nil, usagef("the results in %s are not of one series: %s; rlbench claims makes them anew", dir, mixed)
	}
	return e, nil
}

// readExperiment reads what is there of one: it may have failed in the middle.
func readExperiment(e *claims.Evidence, x claims.Experiment, dir string) error {
	if x.Explores() {
		return readExploration(e, x, dir)
	}
	r, err := result.ReadDir(dir)
	if err != nil {
		return err
	}
	e.Runs[x.Name] = r
	if !x.Watched {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(dir, claims.MetricsFile))
	if err != nil {
		return fmt.Errorf("read metrics: %w", err)
	}
	e.Metrics[x.Name] = claims.Series(string(text))
	return nil
}

func readExploration(e *claims.Evidence, x claims.Experiment, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, evidence.File))
	if err != nil {
		return fmt.Errorf("read exploration: %w", err)
	}
	d := &evidence.Document{}
	if err := json.Unmarshal(text, d); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Join(dir, evidence.File), err)
	}
	e.Explored[x.Name] = d
	return nil
}

// writeClaims writes the table, and into the folder of each run the rows that rest on it:
// its report tells of them.
func writeClaims(folder *folder, d *claims.Document, e *claims.Evidence) error {
	for name, r := range e.Runs {
		dir := filepath.Join(folder.file(claims.Folder), name)
		if err := atomicfile.Write(filepath.Join(dir, claims.File), d.RestingOn(name).Encode); err != nil {
			return err
		}
		if err := writePage(dir, r, nil); err != nil {
			return err
		}
	}
	if err := atomicfile.Write(folder.file(claims.File), d.Encode); err != nil {
		return err
	}
	return atomicfile.Write(folder.file(claims.Page), d.Markdown)
}

// storedClaims are the rows that rest on a run; none if it is no experiment.
func storedClaims(dir string) ([]claims.Row, error) {
	path := filepath.Join(dir, claims.File)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	defer file.Close()
	d, err := claims.Decode(file)
	if err != nil {
		return nil, usagef("read %s: %w", path, err)
	}
	return d.Rows, nil
}

// showClaims prints the rows and turns them into the exit code.
func (p *Program) showClaims(d *claims.Document) error {
	for _, r := range d.Rows {
		fmt.Fprintf(p.Stdout, "%-5s %-27s %s\n      %s\n", r.Number, r.Verdict, r.Says, r.Numbers)
	}
	var other, unknown []string
	for _, r := range d.Rows {
		switch {
		case r.Verdict == claims.Unknown:
			unknown = append(unknown, r.Number)
		case !r.AsExpected():
			other = append(other, fmt.Sprintf("%s is %s and was %s", r.Number, r.Verdict, r.Expected))
		}
	}
	switch {
	case len(other) > 0:
		return &exitError{ExitUnexpected, errors.New(strings.Join(other, "; "))}
	case len(unknown) > 0:
		return &exitError{ExitInconclusive, fmt.Errorf("no verdict on %s", strings.Join(unknown, ", "))}
	}
	return nil
}
