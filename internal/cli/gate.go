package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/atomicfile"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// gateFlags are those of rlbench gate.
type gateFlags struct {
	selection
	baseline, rules string
	all             bool
}

func (p *Program) gateCommand() *cobra.Command {
	var f gateFlags
	var a aaFlags
	c := &cobra.Command{
		Use: "gate [RUN]", Short: "Hold a stored run against rules and a baseline", Args: oneRun,
		Long: "gate decides whether a run (default: the newest) passes: verdicts, costs, latency and throughput are held against\n" +
			"rules, and against another run as baseline. Decisions are printed with the numbers that made them, the worst first,\n" +
			"then a line for each rule, and the verdict last; what passed is printed with --all. Without a selection every\n" +
			"decision is written to " + gate.File + " in the run's folder too.\n\n" +
			"Rules are a YAML file, see ci/gate.yaml, whose comments explain them; without --rules those apply. There are\n" +
			"three kinds: correctness is exact. Costs per decision may become worse by a tolerance. Latency and throughput,\n" +
			"and CPU time, are noisy: they need 10 repeats of both sides, and a change counts if it is significant after a\n" +
			"correction for the number of comparisons, large enough to matter, and there again in a second block. Of\n" +
			"20 repeats or more, the second half is that block.\n\n" +
			"A stored baseline is of another day, on which the same machine was faster or slower: what takes time is blamed\n" +
			"on the program only if it differs by more than days do. rlbench ab measures two builds side by side instead.\n\n" +
			"What cannot be judged does not pass: no data, no baseline or one of other cells, too few repeats, a run cut short,\n" +
			"an imitation of Redis. A baseline of other settings or of another server is wrong input.\n" +
			"Rules that are optional are skipped then, and listed.\n\n" +
			"It reads result.json, environment.json and no history: rlbench check does.",
		Example: "  rlbench gate runs/latest\n  rlbench gate runs/latest --baseline ci/baseline --rules ci/gate.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			if a.on {
				return p.gateItself(c.Context(), &a, f, args)
			}
			if err := cmp.Or(a.unused(), notEmpty(c.Flags(), "baseline", "rules")); err != nil {
				return err
			}
			return p.gate(f, args)
		},
	}
	f.register(c.Flags(), nil)
	c.Flags().StringVar(&f.baseline, "baseline", "", "run to compare with: its folder, or a file that holds the folder's path, relative to itself")
	c.Flags().StringVar(&f.rules, "rules", "", "file of rules (default: those of ci/gate.yaml)")
	c.Flags().BoolVar(&f.all, "all", false, "print the decisions that passed too")
	a.register(c.Flags())
	return c
}

func (p *Program) gate(f gateFlags, args []string) error {
	rules, err := readRules(f.rules)
	if err != nil {
		return err
	}
	dir, head, err := openRun(f.selection, args)
	if err != nil {
		return err
	}
	block := gate.Block{Head: head}
	if f.baseline != "" {
		if err := f.compareWith(&block, dir); err != nil {
			return err
		}
	}
	r, err := gate.Judge(rules, p.words(), block)
	if err != nil {
		return ruleError(f.rules, err)
	}
	if err := printGate(p.Stdout, r, f.all); err != nil {
		return err
	}
	if f.whole() {
		if err := writeGate(dir, r); err != nil {
			return err
		}
	}
	return cmp.Or(p.annotate(head, r), gateError(r))
}

// notEmpty refuses files whose names are given and empty, as a variable that nobody has
// set is: without them the gate would be an easier one.
func notEmpty(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if flags.Changed(name) && flags.Lookup(name).Value.String() == "" {
			return usagef("--%s is empty: name a file, or leave the flag away", name)
		}
	}
	return nil
}

// writeGate writes gate.json into the folder of a run.
func writeGate(dir string, r *gate.Report) error {
	return atomicfile.Write(filepath.Join(dir, gate.File), func(w io.Writer) error { return gate.Encode(w, r) })
}

// storedGate reads gate.json of a run; nil if it went through no gate.
func storedGate(dir string) (*gate.Report, error) {
	file, err := os.Open(filepath.Join(dir, gate.File))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usagef("open gate report: %w", err)
	}
	defer file.Close()
	r, err := gate.Decode(file)
	if err != nil {
		return nil, usagef("%s: %w: remove it, or run rlbench gate again", file.Name(), err)
	}
	return r, nil
}

// gateError turns the verdict into the exit code.
func gateError(r *gate.Report) error {
	switch r.Outcome() {
	case gate.Fail:
		return &exitError{ExitUnexpected, fmt.Errorf("the gate failed: %d of %s", r.Count(gate.Fail), plural(len(r.Findings), "decision"))}
	case gate.Inconclusive:
		if f := r.Findings[0]; f.Rule == "" { // the run itself
			return &exitError{ExitInconclusive, fmt.Errorf("the gate is inconclusive: %s", f.Sentence)}
		}
		n := r.Count(gate.Suspected) + r.Count(gate.Inconclusive)
		if n == 0 {
			return &exitError{ExitInconclusive, errors.New("the gate is inconclusive: every rule was skipped, so nothing was decided")}
		}
		return &exitError{ExitInconclusive, fmt.Errorf("the gate is inconclusive: %d of %s cannot be made", n, plural(len(r.Findings), "decision"))}
	}
	return nil
}

// readRules reads a file of rules, or takes those of the program.
func readRules(path string) (*gate.Rules, error) {
	if path == "" {
		return gate.Default(), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, usagef("open rules: %w", err)
	}
	defer file.Close()
	rules, err := gate.Read(file)
	if err != nil {
		return nil, ruleError(path, err)
	}
	return rules, nil
}

// ruleError is the mistake in a file of rules, or in what is held against them.
func ruleError(path string, err error) error {
	if path == "" {
		path = "the rules of ci/gate.yaml"
	}
	var u *gate.Unknown
	var m *gate.Mismatch
	switch {
	case errors.As(err, &u):
		return usagef("read %s: %s: %w", path, u.Where(), unknown(u.What, u.Name, u.Valid))
	case errors.As(err, &m):
		return usagef("%w: name a baseline of the same task, or select other cells", m)
	}
	return usagef("read %s: %w", path, err)
}

// compareWith reads the baseline of the run in dir.
func (f *gateFlags) compareWith(b *gate.Block, dir string) error {
	path, err := pointed(f.baseline)
	if err != nil {
		return err
	}
	if _, b.Base, err = openRun(selection{}, []string{path}); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	was, err := environmentOf(path)
	if err != nil {
		return err
	}
	is, err := environmentOf(dir)
	if err != nil {
		return err
	}
	if !f.whole() {
		b.Base.Cells = inBoth(b.Base.Cells, b.Head.Cells)
	}
	wrong, unlike := gate.Conditions(was, is, inBoth(b.Head.Cells, b.Base.Cells))
	if wrong != "" {
		return usagef("%s and its baseline %s cannot be compared: %s", dir, path, wrong)
	}
	b.Unlike = unlike
	return nil
}

// inBoth are the cells that the others have too.
func inBoth(cells, others []result.Cell) []result.Cell {
	names := map[string]bool{}
	for i := range others {
		names[others[i].Name()] = true
	}
	return slices.DeleteFunc(slices.Clone(cells), func(c result.Cell) bool { return !names[c.Name()] })
}

// environmentOf reads environment.json of a run, which says whether it is comparable.
func environmentOf(dir string) (*result.Environment, error) {
	e, err := result.ReadEnvironment(dir)
	if err != nil {
		return nil, usagef("%w: without it nobody knows whether two runs can be compared", err)
	}
	return e, nil
}

// mostPointer is the length of a file that can be meant to hold a path.
const mostPointer = 4096

// pointed is the folder of a baseline: path itself, or what the file there holds, such
// as ci/baseline, relative to the file.
func pointed(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usagef("baseline %s does not exist: name the folder of a run, or a file that holds its path", path)
	case err != nil:
		return "", usagef("open baseline: %w", err)
	case info.IsDir():
		return path, nil
	case !info.Mode().IsRegular():
		return "", usagef("baseline %s is neither a folder nor a file", path)
	case info.Size() > mostPointer:
		return "", usagef("baseline %s is no folder, and too long to hold the path of one", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usagef("open baseline: %w", err)
	}
	to := strings.TrimSpace(string(text))
	if to == "" || strings.ContainsAny(to, "\r\n\x00") {
		return "", usagef("baseline %s is a file, but not one line with the path of a run folder", path)
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(path), to)
	}
	if info, err := os.Stat(to); err != nil || !info.IsDir() {
		return "", usagef("baseline %s points to %s, which is no folder", path, to)
	}
	return to, nil
}

// words are the names that rules may use.
func (p *Program) words() gate.Words {
	w := gate.Words{
		Topologies: append(topologyNames(), history.RemoteTopology), Algorithms: p.algorithmNames(),
		Techniques: p.techniqueNames(p.algorithmNames()), Drivers: p.driverNames(), Policies: policyNames(),
	}
	for _, s := range p.Scenarios {
		w.Scenarios = append(append(w.Scenarios, s.Name), stepNames(s)...)
	}
	for _, o := range drivers.Clients(1) {
		w.Clients = append(w.Clients, o.Client)
	}
	return w
}
