package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// ReadFile reads the history file at path.
func ReadFile(path string) (*History, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	at, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	h, err := read(f, at.Size())
	if err != nil {
		return nil, fmt.Errorf("read history %s: %w", path, err)
	}
	return h, nil
}

// Verify compares the SHA-256 of the file at path with the digest, in hexadecimal,
// that WriteFile returned: evidence that was changed is not judged.
func Verify(path, digest string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("verify history: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("verify history: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != digest {
		return fmt.Errorf("verify history: %s was changed after it was recorded: its SHA-256 is %s, want %s", path, got, digest)
	}
	return nil
}

// Read reads and validates a history file of the given size in bytes. The error is
// one sentence that says what kind of file it is instead.
func Read(r io.ReaderAt, size int64) (*History, error) {
	h, err := read(r, size)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return h, nil
}

func read(r io.ReaderAt, size int64) (h *History, err error) {
	// The Parquet library panics on some damaged files. The damage is the file's, so
	// here, where it enters, it becomes an error; a panic of our own would be a bug
	// that the fuzz test, which reads intact files too, is there to find.
	defer func() {
		if p := recover(); p != nil {
			h, err = nil, fmt.Errorf("file is damaged: %v", p)
		}
	}()
	file, trial, err := open(r, size)
	if err != nil {
		return nil, err
	}
	h = &History{Trial: trial}
	if h.Ops, err = readOps(file); err != nil {
		return nil, err
	}
	if err := h.Validate(); err != nil {
		return nil, err
	}
	return h, nil
}

// open checks what kind of file it is, and all that the library believes of it.
func open(r io.ReaderAt, size int64) (*parquet.File, Trial, error) {
	if err := checkFrame(r, size); err != nil {
		return nil, Trial{}, err
	}
	file, err := parquet.OpenFile(r, size, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return nil, Trial{}, fmt.Errorf("file is damaged: %w", err)
	}
	trial, err := readTrial(file)
	if err != nil {
		return nil, Trial{}, err
	}
	if err := checkColumns(file.Schema(), trial.Schema); err != nil {
		return nil, Trial{}, err
	}
	trial.Schema = Schema
	return file, trial, checkPages(r, file)
}

// checkFrame looks at the first four and the last eight bytes, which tell a file of
// another kind from one whose writer was killed: Parquet's footer comes last.
func checkFrame(r io.ReaderAt, size int64) error {
	const magic = "PAR1"
	var head [4]byte
	if _, err := r.ReadAt(head[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if string(head[:]) != magic {
		return errors.New("not a Parquet file")
	}
	cut := errors.New("file is cut off: it was still being written, or was not copied whole")
	if size < 12 {
		return cut
	}
	var tail [8]byte
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	footer := int64(binary.LittleEndian.Uint32(tail[:4]))
	if string(tail[4:]) != magic || footer > size-12 {
		return cut
	}
	return nil
}

// readTrial decodes the footer's metadata, the version first: a newer trial may have
// fields that this program would call unknown.
func readTrial(file *parquet.File) (Trial, error) {
	text, ok := file.Lookup(trialKey)
	if !ok {
		return Trial{}, fmt.Errorf("a Parquet file, but not of rlbench: its metadata has no %s", trialKey)
	}
	var version struct{ Schema int }
	if err := json.Unmarshal([]byte(text), &version); err != nil {
		return Trial{}, fmt.Errorf("decode trial: %w", err)
	}
	if version.Schema > Schema {
		return Trial{}, fmt.Errorf("written by a newer rlbench (schema %d); this one reads up to %d", version.Schema, Schema)
	}
	if version.Schema < 1 {
		return Trial{}, fmt.Errorf("there is no schema %d: this rlbench reads 1 to %d", version.Schema, Schema)
	}
	var t Trial
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return Trial{}, fmt.Errorf("decode trial: %w", err)
	}
	return t, nil
}

// checkColumns compares names and types with what Write wrote in that version. The
// library would fill a missing column with zeros, as it does those that the version does
// not have yet, and convert a wrong one silently.
func checkColumns(got *parquet.Schema, version int) error {
	have := map[string]parquet.Field{}
	for _, f := range got.Fields() {
		have[f.Name()] = f
	}
	for _, want := range schema.Fields() {
		if since[want.Name()] > version {
			continue
		}
		f, ok := have[want.Name()]
		if !ok {
			return fmt.Errorf("column %s is missing", want.Name())
		}
		if !parquet.EqualNodes(want, f) {
			return fmt.Errorf("column %s is %s, want %s", want.Name(), f, want)
		}
		delete(have, want.Name())
	}
	for name := range have {
		return fmt.Errorf("column %s is unknown", name)
	}
	return nil
}

func readOps(file *parquet.File) ([]Op, error) {
	reader := parquet.NewGenericReader[row](file, schema)
	defer reader.Close()
	ops := make([]Op, 0, plausible(file))
	rows := make([]row, batch)
	for {
		n, err := reader.Read(rows)
		for i := range rows[:n] {
			op, err := rows[i].op()
			if err != nil {
				return nil, fmt.Errorf("operation %d: %w", len(ops), err)
			}
			ops = append(ops, op)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("file is damaged: %w", err)
		}
	}
	if int64(len(ops)) != file.NumRows() {
		return nil, fmt.Errorf("file is damaged: it holds %d operations, its footer says %d", len(ops), file.NumRows())
	}
	return ops, nil
}

// plausible is the number of rows to make room for: what the footer says, unless
// that is absurd for the file's size, as in a damaged one.
func plausible(file *parquet.File) int64 {
	const rowsPerByte = 16 // repeated rows compress well, but not without end
	return max(0, min(file.NumRows(), file.Size()*rowsPerByte))
}
