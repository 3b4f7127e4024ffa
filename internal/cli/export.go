package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/internal/atomicfile"
	"github.com/rlbench/rlbench/internal/export"
)

func (p *Program) exportCommand() *cobra.Command {
	var s selection
	var format, out string
	c := &cobra.Command{
		Use: "export [RUN] --format FORMAT", Short: "Write a stored run in a form that other programs read", Args: oneRun,
		Long: "export writes a run (default: the newest) in the form that another program reads:\n\n" + formatList() +
			"\nIt reads result.json and gate.json, and no history. In GitHub Actions, run, check and gate print the annotations by themselves.",
		Example: "  rlbench export --format junit --out junit.xml\n" +
			"  rlbench export runs/head --format benchstat | benchstat base.txt /dev/stdin\n" +
			"  rlbench export --format markdown >> \"$GITHUB_STEP_SUMMARY\"",
		RunE: func(_ *cobra.Command, args []string) error { return p.export(s, format, out, args) },
	}
	s.register(c.Flags(), nil)
	c.Flags().StringVar(&format, "format", "", "one of "+strings.Join(formatNames(), ", "))
	c.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	return c
}

func (p *Program) export(s selection, format, out string, args []string) error {
	if format == "" {
		return usagef("no format is given: name one with --format: %s", strings.Join(formatNames(), ", "))
	}
	i := slices.Index(formatNames(), format)
	if i < 0 {
		return unknown("format", format, formatNames())
	}
	dir, r, err := openRun(s, args)
	if err != nil {
		return err
	}
	run := export.Run{Result: r}
	if s.whole() { // the decisions are about the whole run
		if run.Gate, err = storedGate(dir); err != nil {
			return err
		}
	}
	write := func(w io.Writer) error { return export.Formats()[i].Write(w, run) }
	if out == "" {
		return write(p.Stdout)
	}
	return writeTo(out, write)
}

// writeTo writes a file whole or not at all. What is no regular file, such as a pipe or
// /dev/null, is written to and not replaced.
func writeTo(path string, write func(io.Writer) error) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return usagef("--out %s is a folder: name a file", path)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return unwritable(fmt.Errorf("write export: %w", err))
		}
		return errors.Join(write(f), f.Close())
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return usagef("--out %s lies in a folder that does not exist: create it first", path)
	}
	return unwritable(atomicfile.Write(path, write))
}

func formatNames() (names []string) {
	for _, f := range export.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// formatList explains the formats, a line for each.
func formatList() string {
	var lines strings.Builder
	for _, f := range export.Formats() {
		fmt.Fprintf(&lines, "  %-12s %s\n", f.Name, f.About)
	}
	return lines.String()
}
