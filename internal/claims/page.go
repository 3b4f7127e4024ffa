package claims

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Schema is the version of the JSON document.
const Schema = 1

// File and Page are the documents of a folder of experiments, for programs and people;
// Folder holds the experiments beside them. MetricsFile is in the folder of an experiment
// that was watched, and holds what it served to Prometheus.
const (
	File   = "claims.json"
	Page   = "claims.md"
	Folder = "claims"

	MetricsFile = "metrics.txt"
)

// Document is the rows with what they were judged on.
type Document struct {
	Schema int `json:"schema"`
	// Version is rlbench's, Seed the one of all loads, Servers and Machine what it ran on.
	Version string   `json:"version"`
	Seed    uint64   `json:"seed"`
	Servers []string `json:"servers"`
	Machine string   `json:"machine"`
	Rows    []Row    `json:"rows"`
}

// Row is a claim that was judged.
type Row struct {
	Number string `json:"number"`
	Says   string `json:"says"`
	// From are the experiments that it rests on.
	From     []string `json:"from"`
	Expected Verdict  `json:"expected"`
	Ruling
	// Commands are what reproduces it.
	Commands []string `json:"commands"`
}

// AsExpected says that the verdict is the one of before.
func (r Row) AsExpected() bool { return r.Verdict == r.Expected }

// Judge rules on every claim.
func Judge(list []Claim, e *Evidence) *Document {
	d := &Document{Schema: Schema}
	for _, c := range list {
		d.Rows = append(d.Rows, Row{
			Number: c.Number, Says: c.Says, From: c.From, Expected: c.Expected, Ruling: c.Rule(e),
			Commands: []string{c.again(e), c.narrow(e)},
		})
	}
	d.source(e)
	return d
}

// again is what tries the claim as it was tried, and narrow the part of it that shows the
// most, with the same schedules and servers.
func (c Claim) again(e *Evidence) string { return "rlbench claims --only " + c.Number + e.settings() }

func (c Claim) narrow(e *Evidence) string {
	if explores(c.args()) {
		return "rlbench " + c.Narrow
	}
	return "rlbench " + c.Narrow + e.settings()
}

// args are those of the narrow command.
func (c Claim) args() []string { return strings.Fields(c.Narrow) }

// settings are the flags that all runs had in common.
func (e *Evidence) settings() string {
	names := e.names()
	if len(names) == 0 {
		return ""
	}
	run := e.Runs[names[0]].Run
	text := fmt.Sprintf(" --seed %d", run.Seed)
	for _, s := range run.Settings {
		if server, ok := strings.CutPrefix(s, "--server="); ok {
			text += " --server " + server
		}
	}
	return text
}

// source says what the experiments ran on: all of them on the same, or there is a Mixture.
func (d *Document) source(e *Evidence) {
	var servers []string
	for _, name := range e.names() {
		r := e.Runs[name]
		d.Version, d.Seed, d.Machine = r.Run.Version, r.Run.Seed, r.Run.Machine
		servers = append(servers, r.Run.Server)
	}
	for _, x := range e.Explored {
		if x.Confirmation != nil {
			servers = append(servers, x.Confirmation.Server+" under a virtual clock")
		}
	}
	slices.Sort(servers)
	d.Servers = slices.Compact(servers)
}

// Encode writes the document as JSON.
func (d *Document) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

// Decode reads what Encode has written.
func Decode(r io.Reader) (*Document, error) {
	d := &Document{}
	strict := json.NewDecoder(r)
	strict.DisallowUnknownFields()
	switch err := strict.Decode(d); {
	case d.Schema > Schema:
		return nil, fmt.Errorf("written by a newer rlbench (schema %d); this one reads up to %d", d.Schema, Schema)
	case err != nil:
		return nil, fmt.Errorf("no rows of claims: %w", err)
	case d.Schema < 1:
		return nil, fmt.Errorf("schema version %d does not exist", d.Schema)
	}
	return d, nil
}

// RestingOn returns the document with the rows that rest on the experiment alone.
func (d *Document) RestingOn(experiment string) *Document {
	part := *d
	part.Rows = slices.DeleteFunc(slices.Clone(d.Rows), func(r Row) bool { return !slices.Contains(r.From, experiment) })
	return &part
}

// Markdown writes the page: one table, a row a claim.
func (d *Document) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Claims, tried\n\nWhat five documents about Redis rate limiting say, statement by statement, and what became of it when it was run: %s.\n\n", d.counts())
	fmt.Fprintf(&b, "rlbench %s, seed %d, on %s; %s. Every number comes from the results in [%s/](%s): the linked pages sum them up, and result.json beside each has every cell. "+
		"What is admitted too much is the most cost beyond the contract in one interval, which may be longer than a window, in percent of the limit.\n\n",
		d.Version, d.Seed, strings.Join(d.Servers, ", "), d.Machine, Folder, Folder)
	b.WriteString("| row | claim | verdict | what was measured | shown in | reproduce |\n|---|---|---|---|---|---|\n")
	for _, r := range d.Rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.Number, inCell(r.Says), r.Verdict, inCell(r.Numbers),
			r.links(), "`"+strings.Join(r.Commands, "`<br>`")+"`")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// links are where the row's numbers are: what shows the most, then the pages of all
// experiments that it rests on.
func (r Row) links() string {
	files := []string{r.Shown}
	for _, name := range r.From {
		if file := overview(name); !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	for i, file := range files {
		files[i] = fmt.Sprintf("[%s](%s/%s)", file, Folder, file)
	}
	return strings.Join(files, "<br>")
}

// inCell keeps a text within its cell of a Markdown table.
func inCell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// counts says how many claims have which verdict.
func (d *Document) counts() string {
	var parts []string
	for _, v := range []Verdict{Confirmed, Conditional, Refuted, Unknown} {
		n := 0
		for _, r := range d.Rows {
			if r.Verdict == v {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(parts, ", ")
}
