package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// File is the name of the report in a run folder.
const File = "gate.json"

// SchemaID and SchemaVersion identify the format of gate.json. Its JSON Schema is
// gate.schema.json beside this file.
const (
	SchemaID      = "https://rlbench.dev/schema/gate"
	SchemaVersion = 1
)

// Encode writes r as JSON, with [] for nil lists.
func Encode(w io.Writer, r *Report) error {
	r.Schema, r.SchemaVersion = SchemaID, SchemaVersion
	if r.Notes == nil {
		r.Notes = []string{}
	}
	if r.Rules == nil {
		r.Rules = []string{}
	}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("encode gate report: %w", err)
	}
	return nil
}

// Decode reads and validates what Encode wrote.
func Decode(rd io.Reader) (*Report, error) {
	r := &Report{}
	d := json.NewDecoder(rd)
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("read gate report: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read gate report: something follows it")
	}
	for i, f := range r.Findings {
		if !slices.Contains(Outcomes, f.Outcome) {
			return nil, fmt.Errorf("read gate report: finding %d has the outcome %q", i, f.Outcome)
		}
	}
	switch {
	case r.Schema != SchemaID || r.SchemaVersion != SchemaVersion:
		return nil, fmt.Errorf("read gate report: schema is %q %d, want %q %d", r.Schema, r.SchemaVersion, SchemaID, SchemaVersion)
	case r.Verdict != r.Outcome():
		return nil, fmt.Errorf("read gate report: the verdict is %q, but its findings come to %q", r.Verdict, r.Outcome())
	}
	return r, nil
}
