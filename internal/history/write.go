package history

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rlbench/rlbench/internal/atomicfile"
)

const (
	// rowGroup bounds the memory of writing and reading: only one group's pages are
	// ever held besides the operations themselves.
	rowGroup = 1 << 17
	// batch is the number of rows converted at a time.
	batch = 1024
)

// WriteFile writes the history file at path, whole or not at all, and returns its
// SHA-256 in hexadecimal.
func WriteFile(path string, h *History) (digest string, err error) {
	sum := sha256.New()
	err = atomicfile.Write(path, func(w io.Writer) error { return Write(io.MultiWriter(w, sum), h) })
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Write writes h as a Parquet file, see FORMAT.md. It refuses a history that Read
// would refuse.
func Write(w io.Writer, h *History) error {
	if err := h.Validate(); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	trial, err := json.Marshal(&h.Trial)
	if err != nil {
		return fmt.Errorf("write history: encode trial: %w", err)
	}
	file := parquet.NewGenericWriter[row](w, schema,
		parquet.KeyValueMetadata(trialKey, string(trial)),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.MaxRowsPerRowGroup(rowGroup),
		parquet.CreatedBy("rlbench", fmt.Sprint(Schema), ""))
	if err := writeOps(file, h.Ops); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	return nil
}

func writeOps(file *parquet.GenericWriter[row], ops []Op) error {
	rows := make([]row, 0, batch)
	for len(ops) > 0 {
		n := min(len(ops), batch)
		rows = rows[:0]
		for i := range ops[:n] {
			rows = append(rows, rowOf(&ops[i]))
		}
		if _, err := file.Write(rows); err != nil {
			return err
		}
		ops = ops[n:]
	}
	return nil
}
