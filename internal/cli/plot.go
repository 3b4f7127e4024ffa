package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/internal/atomicfile"
	"github.com/rlbench/rlbench/internal/chart"
	"github.com/rlbench/rlbench/internal/export"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

func (p *Program) plotCommand() *cobra.Command {
	var s selection
	var out string
	c := &cobra.Command{
		Use: "plot [RUN]", Short: "Draw the charts of a stored run", Args: oneRun,
		Long: "plot draws the charts of a run (default: the newest) as PNG and SVG into its charts folder. With a selection\n" +
			"it draws a part of the run, and wants --out, so that the charts of the whole run stay.",
		RunE: func(_ *cobra.Command, args []string) error { return p.plot(s, out, args) },
	}
	s.register(c.Flags(), nil)
	c.Flags().StringVar(&out, "out", "", "folder of the pictures (default: charts in the run's folder)")
	return c
}

func (p *Program) plot(s selection, out string, args []string) error {
	dir, r, err := openRun(s, args)
	if err != nil {
		return err
	}
	switch {
	case out == "" && !s.whole():
		return usagef("charts of a part of the run need --out, so that those of the whole run stay")
	case out == "":
		out = filepath.Join(dir, "charts")
	}
	paths, err := writeCharts(out, r)
	if err != nil {
		return unwritable(err)
	}
	if len(paths) == 0 {
		return &exitError{ExitInconclusive, errors.New("the run holds no data for any chart")}
	}
	for _, path := range paths {
		fmt.Fprintln(p.Stdout, path)
	}
	return nil
}

// writeCharts draws every chart that the result has data for into dir, and returns
// the paths of the PNG files.
func writeCharts(dir string, r *result.Result) (paths []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write charts: %w", err)
	}
	err = chart.Write(r, func(name string, content []byte) error {
		path := filepath.Join(dir, name)
		if filepath.Ext(path) == ".png" {
			paths = append(paths, path)
		}
		return atomicfile.Write(path, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
	})
	return paths, err
}

func (p *Program) reportCommand() *cobra.Command {
	var s selection
	c := &cobra.Command{
		Use: "report [RUN]", Short: "Say which algorithm and which client, worst first", Args: oneRun,
		Long: "report prints the summary of a run (default: the newest). Without a selection it also writes report.html (one\n" +
			"file: the answer, charts, witnesses and a table of all cells), summary.md, bench.txt (Go benchmark format, for\n" +
			"benchstat) and junit.xml into the run's folder. It reads no history: rlbench check does.",
		RunE: func(_ *cobra.Command, args []string) error {
			dir, r, err := openRun(s, args)
			if err != nil {
				return err
			}
			g, damaged := storedGate(dir) // which is said when the summary is printed
			if err := report.Terminal(p.Stdout, r, g); err != nil || !s.whole() {
				return cmp.Or(err, damaged)
			}
			if err := writeReports(dir, r); err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.Stdout, "\nreport   %s\n", filepath.Join(dir, pageFile))
			return err
		},
	}
	s.register(c.Flags(), nil)
	return c
}

// writeReports writes the files that people and other programs read. Those that tell of
// a gate have the decisions that are stored.
func writeReports(dir string, r *result.Result) error {
	g, err := storedGate(dir)
	if err != nil {
		return err
	}
	summary := func(w io.Writer) error { return report.Summary(w, r) }
	bench := func(w io.Writer) error { return report.Bench(w, r) }
	junit := func(w io.Writer) error { return export.JUnit(w, export.Run{Result: r, Gate: g}) }
	return cmp.Or( // the first error: a full disk needs to be told only once
		atomicfile.Write(filepath.Join(dir, "summary.md"), summary),
		atomicfile.Write(filepath.Join(dir, "bench.txt"), bench),
		atomicfile.Write(filepath.Join(dir, "junit.xml"), junit),
		writePage(dir, r, g),
	)
}
