package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/result"
)

func (p *Program) checkCommand() *cobra.Command {
	var s selection
	c := &cobra.Command{
		Use: "check [RUN]", Short: "Judge the histories of a stored run again, without any server", Args: oneRun,
		Long: "check reads the histories of a run (default: the newest), judges and measures each against the contract stored\n" +
			"in it, and compares everything with result.json. It needs neither Redis nor the machine of the run.",
		RunE: func(c *cobra.Command, args []string) error { return p.check(c.Context(), s, args) },
	}
	s.register(c.Flags(), nil)
	return c
}

func (p *Program) check(ctx context.Context, s selection, args []string) error {
	defer frugal()()
	dir, r, err := openRun(s, args)
	if err != nil {
		return err
	}
	a := again{open: map[string][]result.Cell{}}
	for _, stored := range r.Cells {
		if ctx.Err() != nil {
			return &exitError{ExitInterrupted, fmt.Errorf("interrupted after %d of %d cells", len(a.cells), len(r.Cells))}
		}
		if err := p.checkCell(&a, dir, stored, r.Holds); err != nil {
			return err
		}
	}
	if err := p.printOpen(a); err != nil {
		return err
	}
	if !r.Run.Complete {
		fmt.Fprintf(p.Stdout, "the run was cut short: %d of %d cells\n", len(r.Cells), r.Run.Planned)
	}
	fmt.Fprintln(p.Stdout, a.summary(len(r.Cells)))
	all := len(r.Cells)
	r.Cells = a.cells // as they are judged today
	return cmp.Or(p.annotate(r, nil), a.exit(dir, all))
}

// again is what a stored run is judged to be today.
type again struct {
	cells   []result.Cell // that could be judged
	same    int           // how many of them have the verdict that is stored
	changed int           // how many of them differ in anything
	damaged []error       // why others could not be judged
	// open are those, by reason, without a verdict where none is expected.
	open map[string][]result.Cell
}

// checkCell judges a cell again, and prints its verdict unless it is to be expected of
// many: those follow in the end, together. holds says which fields the result has.
func (p *Program) checkCell(a *again, dir string, stored result.Cell, holds func(string) bool) error {
	c, err := rejudge(dir, stored)
	if err != nil {
		a.damaged = append(a.damaged, err)
		return nil
	}
	a.cells = append(a.cells, c)
	if c.Verdict == stored.Verdict {
		a.same++
	}
	field, err := difference(c, stored, holds)
	switch {
	case err != nil:
		return err
	case field != "":
		a.changed++
	case c.Verdict == "unknown" && c.AsExpected && !c.Void && len(c.Reasons) > 0:
		a.open[c.Reasons[0]] = append(a.open[c.Reasons[0]], c)
		return nil
	}
	return p.printVerdict(c, stored, field)
}

// printOpen prints one line for all the cells that have no verdict for one reason.
func (p *Program) printOpen(a again) error {
	for _, reason := range slices.Sorted(maps.Keys(a.open)) {
		if _, err := fmt.Fprintf(p.Stdout, "%-*s %s, none expected: %s\n", verdictWidth, "unknown", plural(len(a.open[reason]), "cell"), reason); err != nil {
			return err
		}
	}
	return nil
}

// summary is the last line; stored is the number of cells in result.json.
func (a again) summary(stored int) string {
	off := "all as expected"
	if n := len(slices.DeleteFunc(slices.Clone(a.cells), func(c result.Cell) bool { return c.AsExpected })); n > 0 {
		off = fmt.Sprintf("%d not as expected", n)
	}
	if len(a.cells) == 0 {
		off = "nothing was judged"
	}
	verb := "are those"
	if stored == 1 {
		verb = "is that"
	}
	return fmt.Sprintf("%d of %s %s of %s; %s", a.same, plural(stored, "verdict"), verb, result.File, off)
}

// exit turns what was found into the exit code, the gravest first.
func (a again) exit(dir string, stored int) error {
	if n := len(a.damaged); n > 0 {
		return usagef("%d of %d histories cannot be judged, the first of them because: %w", n, stored, a.damaged[0])
	}
	if a.changed > 0 {
		return &exitError{ExitUnexpected, fmt.Errorf("%s from those in %s", ofCells(a.changed, len(a.cells), "differs", "differ"), filepath.Join(dir, result.File))}
	}
	return verdictError(a.cells)
}

// openRun reads a stored run and keeps the selected cells.
func openRun(s selection, args []string) (dir string, r *result.Result, err error) {
	if dir, err = existingRun(args); err != nil {
		return "", nil, err
	}
	r, err = result.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, noRun(dir)
	case err != nil:
		return "", nil, usagef("%w", err)
	}
	r.Cells, err = s.filter(r.Cells)
	return dir, r, err
}

// rejudge judges and measures a cell anew from its history.
func rejudge(dir string, stored result.Cell) (result.Cell, error) {
	if err := verify(dir, stored); err != nil {
		return result.Cell{}, err
	}
	h, err := history.ReadFile(filepath.Join(dir, stored.History))
	if err != nil {
		return result.Cell{}, err
	}
	c := metrics.Cell(h, check.Judge(h))
	c.History, c.SHA256 = stored.History, stored.SHA256
	return c, nil
}

// verify demands that a cell's history is in the run folder as it was recorded.
func verify(dir string, stored result.Cell) error {
	if !filepath.IsLocal(stored.History) {
		return fmt.Errorf("read history: %q leaves the run folder", stored.History)
	}
	return history.Verify(filepath.Join(dir, stored.History), stored.SHA256)
}

// difference names the first field, in alphabetical order, in which two cells
// differ as they are written, of those that holds is true of; it is empty if none does.
func difference(a, b result.Cell, holds func(field string) bool) (string, error) {
	x, err := fields(a)
	if err != nil {
		return "", err
	}
	y, err := fields(b)
	if err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if holds(name) && !bytes.Equal(x[name], y[name]) {
			return name, nil
		}
	}
	return "", nil
}

func fields(c result.Cell) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("compare cells: %w", err)
	}
	var out map[string]json.RawMessage
	return out, json.Unmarshal(text, &out)
}

// printVerdict prints the verdict of today; field is one in which the stored cell
// differs.
func (p *Program) printVerdict(c, stored result.Cell, field string) error {
	was := ""
	switch {
	case c.Verdict != stored.Verdict:
		was = " (was " + stored.Verdict + ")"
	case field != "":
		was = " (" + field + " differs from result.json)"
	}
	reason := ""
	if len(c.Reasons) > 0 {
		reason = ": " + c.Reasons[0]
	}
	_, err := fmt.Fprintf(p.Stdout, "%-*s %s r%d%s%s\n", verdictWidth, outcome(c), c.Name(), c.Repeat, was, reason)
	return err
}

// verdictWidth holds the longest outcome.
const verdictWidth = len("unknown, unexpected")

// outcome is the verdict and, where it could surprise, whether it was expected.
func outcome(c result.Cell) string {
	switch {
	case !c.AsExpected:
		return c.Verdict + ", unexpected"
	case c.Verdict == "invalid" && c.Expected == "invalid":
		return "invalid, expected"
	}
	return c.Verdict
}
