package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rlbench/rlbench/internal/claims"
	"github.com/rlbench/rlbench/internal/evidence"
)

// An experiment that failed before it had a result takes no other with it.
func TestAFailedExperimentLeavesTheOthers(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join("..", "..", "results", claims.Folder, "explore", evidence.File))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"explore", "concurrent", "baseline"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "explore", evidence.File), text, 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := readEvidence(dir, claims.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range claims.Judge(claims.All(), e).Rows {
		if alone := len(r.From) == 1 && r.From[0] == "explore"; (r.Verdict == claims.Unknown) == alone {
			t.Errorf("%s, which rests on %v: %s: %s", r.Number, r.From, r.Verdict, r.Numbers)
		}
	}
}
