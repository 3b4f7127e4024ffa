package transcript_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	. "github.com/rlbench/rlbench/internal/transcript"
)

var update = flag.Bool("update", false, "write the golden files anew")

// forms are the ways to write a trace, by the endings of their golden files.
var forms = map[string]func(io.Writer, Trace) error{
	".json": Write, ".txt": Text, ".mmd": Mermaid, ".svg": SVG,
}

func written(t *testing.T, form func(io.Writer, Trace) error, tr Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := form(&b, tr); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for name, tr := range samples {
		for ending, form := range forms {
			t.Run(name+ending, func(t *testing.T) {
				got := written(t, form, tr)
				if again := written(t, form, tr); !bytes.Equal(got, again) {
					t.Fatal("twice the same trace gives two results")
				}
				file := filepath.Join("testdata", name+ending)
				if *update {
					if err := os.WriteFile(file, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}
