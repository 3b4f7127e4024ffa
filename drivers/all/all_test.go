package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers/all"
)

// The names are words of cells and flags, and the modules are looked up in the
// build information: a wrong path would lose the version silently.
func TestDrivers(t *testing.T) {
	gomod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range all.Drivers() {
		names = append(names, d.Name())
		if !strings.Contains(string(gomod), "\t"+d.Module()+" v") {
			t.Errorf("%s: module %s is not required by go.mod", d.Name(), d.Module())
		}
	}
	if got := strings.Join(names, " "); got != "goredis rueidis redigo" {
		t.Errorf("got drivers %q", got)
	}
}
