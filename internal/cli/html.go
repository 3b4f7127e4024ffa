package cli

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/rlbench/rlbench/internal/atomicfile"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/page"
	"github.com/rlbench/rlbench/internal/result"
)

// pageFile is the report for a browser.
const pageFile = "report.html"

// writePage renders the run in dir, which g is about. It does without an environment that is not there;
// one that cannot be read is an error.
func writePage(dir string, r *result.Result, g *gate.Report) error {
	e, err := result.ReadEnvironment(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usagef("%w", err)
	}
	rows, err := storedClaims(dir)
	if err != nil {
		return err
	}
	run := page.Run{Result: r, Environment: e, Gate: g, Claims: rows, Rows: func(c *result.Cell, rows []int) ([]history.Op, error) {
		if !filepath.IsLocal(c.History) {
			return nil, errors.New("its history leaves the run folder")
		}
		ops, err := history.ReadRows(filepath.Join(dir, c.History), rows)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("its history is not in the run folder")
		}
		return ops, err
	}}
	return atomicfile.Write(filepath.Join(dir, pageFile), func(w io.Writer) error { return page.Write(w, run) })
}
