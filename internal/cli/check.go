package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
		Use: "check [RUN]", Short: "Judge the histories of a stored run again, without any server", Args: cobra.MaximumNArgs(1),
		Long: "check reads the histories of a run (default: the newest), judges and measures each against the contract stored\n" +
			"in it, and compares everything with result.json. It needs neither Redis nor the machine of the run.",
		RunE: func(c *cobra.Command, args []string) error { return p.check(c.Context(), s, args) },
	}
	s.register(c.Flags(), nil)
	return c
}

func (p *Program) check(ctx context.Context, s selection, args []string) error {
	dir, r, err := openRun(s, args)
	if err != nil {
		return err
	}
	again := make([]result.Cell, 0, len(r.Cells))
	changed := 0
	var damaged []error
	for _, stored := range r.Cells {
		if ctx.Err() != nil {
			return &exitError{ExitInterrupted, fmt.Errorf("interrupted after %d of %d cells", len(again), len(r.Cells))}
		}
		c, err := rejudge(dir, stored)
		if err != nil {
			damaged = append(damaged, err)
			continue
		}
		again = append(again, c)
		field, err := difference(c, stored)
		if err != nil {
			return err
		}
		if field != "" {
			changed++
		}
		if err := p.printVerdict(c, stored, field); err != nil {
			return err
		}
	}
	if !r.Run.Complete {
		fmt.Fprintf(p.Stdout, "the run was cut short: %d of %d cells\n", len(r.Cells), r.Run.Planned)
	}
	if n := len(damaged); n > 0 {
		return usagef("%d of %d histories cannot be judged, the first of them because: %w", n, len(r.Cells), damaged[0])
	}
	if changed > 0 {
		return &exitError{ExitUnexpected, fmt.Errorf("%d of %d cells differ from those in %s", changed, len(again), filepath.Join(dir, result.File))}
	}
	return verdictError(again)
}

// openRun reads a stored run and keeps the selected cells.
func openRun(s selection, args []string) (dir string, r *result.Result, err error) {
	if dir, err = existingRun(args); err != nil {
		return "", nil, err
	}
	if r, err = result.ReadDir(dir); err != nil {
		return "", nil, usagef("%w", err)
	}
	r.Cells, err = s.filter(r.Cells)
	return dir, r, err
}

// rejudge judges and measures a cell anew from its history.
func rejudge(dir string, stored result.Cell) (result.Cell, error) {
	if !filepath.IsLocal(stored.History) {
		return result.Cell{}, fmt.Errorf("read history: %q leaves the run folder", stored.History)
	}
	path := filepath.Join(dir, stored.History)
	if err := history.Verify(path, stored.SHA256); err != nil {
		return result.Cell{}, err
	}
	h, err := history.ReadFile(path)
	if err != nil {
		return result.Cell{}, err
	}
	c := metrics.Cell(h, check.Judge(h))
	c.History, c.SHA256 = stored.History, stored.SHA256
	return c, nil
}

// difference names the first field, in alphabetical order, in which two cells
// differ as they are written; it is empty if none does.
func difference(a, b result.Cell) (string, error) {
	x, err := fields(a)
	if err != nil {
		return "", err
	}
	y, err := fields(b)
	if err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if !bytes.Equal(x[name], y[name]) {
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
	_, err := fmt.Fprintf(p.Stdout, "%-8s %s r%d%s%s\n", c.Verdict, c.Name(), c.Repeat, was, reason)
	return err
}
