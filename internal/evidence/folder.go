package evidence

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// Write writes the files into a folder, the two that name the others last.
func Write(dir string, files map[string][]byte) error {
	for _, path := range slices.SortedFunc(maps.Keys(files), lastFirst) {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
		err := atomicfile.Write(name, func(w io.Writer) error { _, err := w.Write(files[path]); return err })
		if err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
	}
	return nil
}

// lastFirst orders paths so that files come after those in folders beside them.
func lastFirst(a, b string) int {
	return cmp.Or(cmp.Compare(strings.Count(b, "/"), strings.Count(a, "/")), strings.Compare(a, b))
}

// Remove takes back what Write has written before it failed.
func Remove(dir string, files map[string][]byte) {
	for path := range files {
		_ = os.Remove(filepath.Join(dir, filepath.FromSlash(path)))
	}
	for path := range files {
		_ = os.Remove(filepath.Join(dir, filepath.FromSlash(filepath.Dir(path)))) // fails where there is something else
	}
	_ = os.Remove(filepath.Join(dir, tracesDir))
}

// page is a counterexample for people: the picture, the table, and how to run it again.
func (c Cell) page(w io.Writer, t transcript.Trace) error {
	base := filepath.Base(c.Name)
	fmt.Fprintf(w, "# %s: %s\n\n%s.\n\n![Sequence diagram of %s](%s.svg)\n\n", c.Subject.Name, headline(c.Finding), capital(t.Violation), counted(len(t.Steps), "step"), base)
	fmt.Fprintf(w, "%s The least that it takes: %s, %s, %s.\n\n", c.share(), counted(c.Events, "event"), counted(c.Preemptions, "preemption"), counted(c.Steps, "step"))
	if c.Scenario.Forgives != "" {
		fmt.Fprintf(w, "A limiter that is right may break here too: %s.\n\n", c.Scenario.Forgives)
	}
	if o := c.Subject.Origin; o.Flaw != "" {
		fmt.Fprintf(w, "What is known to be wrong with it: %s. What does it right: `%s/%s`. Found in: %s.\n\n", o.Flaw, family(c.Subject), o.Repair, o.Source)
	}
	fmt.Fprint(w, "```text\n")
	if err := transcript.Text(w, t); err != nil {
		return err
	}
	fmt.Fprint(w, "```\n\n```mermaid\n")
	if err := transcript.Mermaid(w, t); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "```\n\nRun it on a real server: `rlbench replay %s.json`, with the path from where you are.\n", base)
	return err
}

// share says how many schedules are broken like this.
func (c Cell) share() string {
	of := fmt.Sprintf("of this scenario (%s; limit %d)", c.Scenario.About, c.Limit.L)
	if c.Subject.IsPattern() {
		of = fmt.Sprintf("of this scenario (%s)", c.Scenario.About)
	}
	switch bad, all := Shown(c.Bad), Shown(c.Schedules); {
	case c.Bad.IsZero():
		return fmt.Sprintf("None of the %s schedules %s in which everybody makes all requests ends like this: it is repaired by whoever comes next, if anybody does.", all, of)
	case bad == all && c.Bad != c.Schedules:
		return fmt.Sprintf("All but %.1g %% of %s schedules %s end like this.", 100*(1-c.Bad.Float()/c.Schedules.Float()), all, of)
	default:
		return fmt.Sprintf("%s of %s schedules %s end like this.", bad, all, of)
	}
}
