package rlbench_test

import (
	"os"
	"path/filepath"
	"testing"
)

// A run that is killed while its server is locked and a policy counts in a database leaves
// neither of them behind.
func TestAKilledOutageLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	v := &victim{dir: t.TempDir(), met: map[string]int{}, args: []string{
		"run", "--scenario", "outage.password", "--algorithm", "gcra", "--technique", "lua", "--driver", "redigo", "--policy", "fail-sql",
		"--server", "local", "--out", "r",
	}}
	c, ended := v.start(t)
	await(t, "a database in use", func() bool {
		found, err := filepath.Glob(filepath.Join(os.TempDir(), "*", "charges.db-wal"))
		return err == nil && len(found) > 0
	})
	_ = c.Process.Kill() // fails if the run ends in this instant
	<-ended
	v.leavesNothing(t)
}
