package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxBytes bounds a trace that is read. A counterexample is a few kilobytes; the
// sources of its scripts are the most of it.
const maxBytes = 8 << 20

// Read reads a trace from JSON and checks it. An error is one sentence that begins
// with "trace: ".
func Read(r io.Reader) (Trace, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return Trace{}, fmt.Errorf("trace: %w", err)
	}
	if len(raw) > maxBytes {
		return Trace{}, fmt.Errorf("trace: more than %d MiB: no counterexample is that long", maxBytes>>20)
	}
	if err := readable(raw); err != nil {
		return Trace{}, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var t Trace
	if err := d.Decode(&t); err != nil {
		return Trace{}, fmt.Errorf("trace: %w", unprefixed(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Trace{}, errors.New("trace: there is more behind the end of it")
	}
	return t, t.check()
}

// readable looks at the schema alone: a newer one may well have fields that are not
// known here, and that it is newer is the better thing to say.
func readable(raw []byte) error {
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&head); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("trace: it is empty")
		}
		return fmt.Errorf("trace: %w", unprefixed(err))
	}
	if head.Schema == nil {
		return errors.New("trace: it has no schema: it is no trace of this program")
	}
	return checkSchema(*head.Schema)
}

func checkSchema(is int) error {
	switch {
	case is > Schema:
		return fmt.Errorf("trace: its schema %d is newer than %d, the newest that is known here", is, Schema)
	case is != Schema:
		return fmt.Errorf("trace: its schema is %d, want %d", is, Schema)
	}
	return nil
}

// unprefixed rewords the errors of the decoder, which name its package.
func unprefixed(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s is a %s, which it cannot be", kind.Field, kind.Value)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle")
	}
	return errors.New(string(bytes.TrimPrefix([]byte(err.Error()), []byte("json: "))))
}
