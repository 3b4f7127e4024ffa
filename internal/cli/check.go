package cli

import (
	"context"
	"fmt"
	"path/filepath"

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
		Long: "check reads the histories of a run (default: the newest), judges each against the contract stored in it, and\n" +
			"compares the verdict with the one in result.json. It needs neither Redis nor the machine of the run.",
		RunE: func(c *cobra.Command, args []string) error { return p.check(c.Context(), s, args) },
	}
	s.register(c.Flags())
	return c
}

func (p *Program) check(ctx context.Context, s selection, args []string) error {
	dir, r, err := openRun(s, args)
	if err != nil {
		return err
	}
	again := make([]result.Cell, 0, len(r.Cells))
	changed := 0
	for _, stored := range r.Cells {
		if ctx.Err() != nil {
			return &exitError{ExitInterrupted, fmt.Errorf("interrupted after %d of %d cells", len(again), len(r.Cells))}
		}
		c, err := rejudge(dir, stored)
		if err != nil {
			return usagef("%w", err)
		}
		again = append(again, c)
		if c.Verdict != stored.Verdict {
			changed++
		}
		if err := p.printVerdict(c, stored); err != nil {
			return err
		}
	}
	if changed > 0 {
		return &exitError{ExitUnexpected, fmt.Errorf("%d of %d verdicts differ from those in %s", changed, len(again), filepath.Join(dir, result.File))}
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
	return metrics.Cell(h, check.Judge(h)), nil
}

func (p *Program) printVerdict(c, stored result.Cell) error {
	was := ""
	if c.Verdict != stored.Verdict {
		was = " (was " + stored.Verdict + ")"
	}
	reason := ""
	if len(c.Reasons) > 0 {
		reason = ": " + c.Reasons[0]
	}
	_, err := fmt.Fprintf(p.Stdout, "%-8s %s r%d%s%s\n", c.Verdict, c.Name(), c.Repeat, was, reason)
	return err
}
