package evidence

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rlbench/rlbench/internal/atomicfile"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/transcript"
)

// The files of a folder.
const (
	File      = "evidence.json"
	readme    = "README.md"
	tracesDir = "traces"
)

// Files are the contents of a folder, by path. They are the same for the same findings.
func (d *Document) Files(s explore.Suite, r *explore.Report) (map[string][]byte, error) {
	kept := *d
	kept.Suite.Seconds = nil
	files := map[string][]byte{}
	add := func(path string, write func(io.Writer) error) error {
		var b bytes.Buffer
		err := write(&b)
		files[path] = b.Bytes()
		return err
	}
	if err := add(File, kept.Encode); err != nil {
		return nil, err
	}
	if err := add(readme, func(w io.Writer) error { return d.matrix(w, s, r) }); err != nil {
		return nil, err
	}
	for _, c := range d.cells {
		path := tracesDir + "/" + c.Name
		for ending, write := range map[string]func(io.Writer, transcript.Trace) error{
			".json": transcript.Write, ".svg": transcript.SVG, ".md": c.page,
		} {
			if err := add(path+ending, func(w io.Writer) error { return write(w, c.Trace) }); err != nil {
				return nil, fmt.Errorf("write %s%s: %w", path, ending, err)
			}
		}
	}
	return files, nil
}

// Write writes the files into a folder.
func Write(dir string, files map[string][]byte) error {
	for path, content := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
		err := atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(content); return err })
		if err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
	}
	return nil
}

// page is a counterexample for people: the picture, the table, and how to run it again.
func (c Cell) page(w io.Writer, t transcript.Trace) error {
	base := filepath.Base(c.Name)
	fmt.Fprintf(w, "# %s: %s\n\n%s.\n\n![Sequence diagram of the %d steps](%s.svg)\n\n", c.Subject.Name, headline(c.Finding), capital(t.Violation), len(t.Steps), base)
	fmt.Fprintf(w, "%s of %s schedules of this scenario (%s, limit %d) end like this. ", Shown(c.Bad), Shown(c.Schedules), c.Scenario.About, c.Limit.L)
	fmt.Fprintf(w, "The least that it takes: %s, %s, %s.\n\n", counted(c.Events, "event"), counted(c.Preemptions, "preemption"), counted(c.Steps, "step"))
	if o := c.Subject.Origin; o.Flaw != "" {
		fmt.Fprintf(w, "What is wrong: %s. What does it right: `%s`. Found in: %s.\n\n", o.Flaw, o.Repair, o.Source)
	}
	fmt.Fprint(w, "```text\n")
	if err := transcript.Text(w, t); err != nil {
		return err
	}
	fmt.Fprint(w, "```\n\n```mermaid\n")
	if err := transcript.Mermaid(w, t); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "```\n\nRun it on a real server: `rlbench replay %s.json`.\n", base)
	return err
}
