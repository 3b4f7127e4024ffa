package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/internal/gate"
)

// aaFlags are those of rlbench gate --aa.
type aaFlags struct {
	abFlags
	on   bool
	runs int
	own  *pflag.FlagSet // what means nothing without --aa
}

const (
	aaRuns     = 20
	mostAARuns = 1000
	// aaConfidence is that of the bound of the rate of false alarms.
	aaConfidence = 0.95
)

// register defines the flags beside those that gate has already.
func (f *aaFlags) register(to *pflag.FlagSet) {
	f.own = pflag.NewFlagSet("", pflag.ContinueOnError)
	f.own.IntVar(&f.runs, "runs", aaRuns, "comparisons of the program with itself")
	f.own.StringVar(&f.out, "out", "", "folder of the comparisons (default: runs/<UTC time>-aa-seed<seed>)")
	f.abFlags.register(f.own)
	to.BoolVar(&f.on, "aa", false, "compare this program with itself, and say how often the gate raises a false alarm on this machine;\nby default the cells of rlbench ab")
	f.own.VisitAll(func(flag *pflag.Flag) {
		if to.Lookup(flag.Name) == nil {
			flag.Usage = "with --aa: " + flag.Usage
			to.AddFlag(flag)
		}
	})
	f.all = to
}

// unused refuses flags that mean nothing without --aa.
func (f *aaFlags) unused() (err error) {
	f.own.VisitAll(func(flag *pflag.Flag) {
		if err == nil && flag.Changed { // those that gate has too are its own
			err = usagef("--%s has no effect without --aa", flag.Name)
		}
	})
	return err
}

// aa compares the program with itself again and again: whatever the gate blames on it is
// a false alarm.
func (p *Program) aa(ctx context.Context, f *aaFlags) error {
	if f.runs < 1 || f.runs > mostAARuns {
		return usagef("--runs must be 1 to %d, got %d", mostAARuns, f.runs)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	v, err := p.newVersus(ctx, &f.abFlags, self, self)
	if err != nil {
		return err
	}
	folder, err := v.begin(ctx, "aa")
	if err != nil {
		return err
	}
	defer folder.close()
	fmt.Fprintf(p.Stdout, "seed %d; %s\n%s, each:\n", f.seed, v.where.About(), plural(f.runs, "comparison"))
	err = v.announce()
	var played []*bout
	for i := 0; i < f.runs && err == nil; i++ {
		var b *bout
		if b, err = v.again(ctx, folder, i); err == nil {
			played = append(played, b)
		}
	}
	if err = errors.Join(err, v.close()); err != nil {
		err = advise(err)
	}
	if len(played) == 0 {
		folder.takeBack()
		return err
	}
	if told := p.tellAlarms(played); err == nil {
		err = told
	}
	return err
}

// again is one of several comparisons, in a folder of its own inside that of all.
func (v *versus) again(ctx context.Context, all *folder, i int) (*bout, error) {
	in := &folder{path: filepath.Join(all.path, strconv.Itoa(i+1)), made: true}
	if err := os.Mkdir(in.path, 0o755); err != nil {
		return nil, fmt.Errorf("create run folder: %w", err)
	}
	b, err := v.play(ctx, in, v.flags.seed+uint64(i*2*v.flags.pairs)) // seeds that no other has
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(v.Stdout, "%s: %s\n", in.path, verdictLine(b.report))
	return b, nil
}

// tellAlarms prints how much nothing at all differed, and how often the gate was wrong.
func (p *Program) tellAlarms(played []*bout) error {
	var alarms, conclusive int
	var reports []*gate.Report
	for _, b := range played {
		reports = append(reports, b.report)
		switch exitCode(b.verdict()) {
		case ExitUnexpected:
			alarms++
			conclusive++
		case ExitOK:
			conclusive++
		}
	}
	if err := p.tellSpreads(gate.Spreads(reports)); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "\n%s in %s of %d: with %g %% confidence the rate of false alarms is at most %.1f %%\n",
		plural(alarms, "false alarm"), plural(conclusive, "conclusive comparison"), len(played),
		100*aaConfidence, 100*gate.AtMost(alarms, conclusive, aaConfidence))
	switch {
	case alarms > 0:
		return &exitError{ExitUnexpected, fmt.Errorf("%s: the gate blamed the program, which had not changed", plural(alarms, "false alarm"))}
	case 2*conclusive <= len(played): // most decided nothing
		return &exitError{ExitInconclusive, fmt.Errorf("%d of %s conclusive, and it takes more than half: this machine is too busy or too noisy for the gate",
			conclusive, plural(len(played), "comparison"))}
	}
	return nil
}

// tellSpreads prints how much each metric differed, if any did.
func (p *Program) tellSpreads(spreads []gate.Spread) error {
	if len(spreads) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nMETRIC\tTYPICAL CHANGE\tLARGEST\tCELL")
	for _, s := range spreads {
		fmt.Fprintf(w, "%s\t%.1f %%\t%.1f %%\t%s\n", s.Metric, 100*s.Typical, 100*s.Largest, s.Cell)
	}
	return w.Flush()
}

// gateItself is gate with --aa, which judges no stored run.
func (p *Program) gateItself(ctx context.Context, a *aaFlags, f gateFlags, args []string) error {
	switch {
	case len(args) > 0 || f.baseline != "":
		return usagef("--aa makes runs of its own: name neither a run nor a baseline")
	case f.all:
		return usagef("--all has no effect with --aa: the decisions of each comparison are in its gate.json")
	}
	a.rules = f.rules
	return p.aa(ctx, a)
}
