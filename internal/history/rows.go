package history

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// ReadRows reads some operations of the history file at path: those of the given row
// numbers, from 0, in ascending order. It holds no more of the file in memory than they
// need, and does not validate the others.
func ReadRows(path string, rows []int) ([]Op, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	at, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	ops, err := readRows(f, at.Size(), rows)
	if err != nil {
		return nil, fmt.Errorf("read history %s: %w", path, err)
	}
	return ops, nil
}

func readRows(r io.ReaderAt, size int64, rows []int) (ops []Op, err error) {
	defer func() { // see read
		if p := recover(); p != nil {
			ops, err = nil, fmt.Errorf("file is damaged: %v", p)
		}
	}()
	file, trial, err := open(r, size)
	if err != nil {
		return nil, err
	}
	rows = slices.Clone(rows)
	slices.Sort(rows)
	for _, n := range rows {
		if n < 0 || int64(n) >= file.NumRows() {
			return nil, fmt.Errorf("there is no row %d: it has %d", n, file.NumRows())
		}
	}
	if ops, err = pickRows(file, slices.Compact(rows)); err != nil {
		return nil, err
	}
	for i := range ops {
		if err := ops[i].validate(&Op{Inv: math.MinInt64}, len(trial.Keys)); err != nil {
			return nil, fmt.Errorf("operation %d: %w", rows[i], err)
		}
	}
	return ops, nil
}

// pickRows reads batch after batch from the first of the rows to the last one.
func pickRows(file *parquet.File, want []int) (ops []Op, err error) {
	if len(want) == 0 {
		return nil, nil
	}
	reader := parquet.NewGenericReader[row](file, schema)
	defer reader.Close()
	if err := reader.SeekToRow(int64(want[0])); err != nil {
		return nil, fmt.Errorf("file is damaged: %w", err)
	}
	rows := make([]row, batch)
	for first := want[0]; len(want) > 0; {
		n, err := reader.Read(rows)
		for len(want) > 0 && want[0] < first+n {
			op, err := rows[want[0]-first].op()
			if err != nil {
				return nil, fmt.Errorf("operation %d: %w", want[0], err)
			}
			ops, want = append(ops, op), want[1:]
		}
		first += n
		if err != nil && len(want) > 0 {
			return nil, fmt.Errorf("file is damaged: %w", err)
		}
	}
	return ops, nil
}
