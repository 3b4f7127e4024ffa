package rlbench_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rlbench/rlbench"

// layers lists the packages from the top down; a package may import only those of
// its own layer and below. A prefix ending in / stands for every package below it.
var layers = [][]string{
	{"cmd/"},
	{""},
	{"internal/cli"},
	{"internal/reap", "internal/reap/"},
	{"internal/export", "internal/page", "internal/claims"},
	{"internal/report", "internal/evidence", "internal/gate"},
	{"internal/chart", "internal/confirm", "internal/live"},
	{"internal/engine", "internal/explore"},
	{"scenarios", "internal/result", "internal/result/", "internal/metrics", "internal/stats", "internal/check"},
	{"internal/fault"},
	{"internal/topology/"},
	{"internal/topology", "internal/remote", "internal/transcript"},
	{"internal/provider/", "internal/provider", "internal/history", "internal/trace", "internal/workload", "internal/atomicfile", "internal/modelredis",
		"algorithms/", "drivers/"},
	{"algorithms"},
	{"drivers"},
}

// homes names the one package that may import a heavy dependency.
var homes = map[string][]string{
	"github.com/testcontainers/testcontainers-go": {"internal/provider/docker"},
	"github.com/moby/moby":                        {"internal/provider/docker"},
	"gonum.org/v1/plot":                           {"internal/chart"},
	"github.com/redis/go-redis/v9":                {"drivers/goredis"},
	"github.com/redis/rueidis":                    {"drivers/rueidis"},
	"github.com/gomodule/redigo":                  {"drivers/redigo"},
	"github.com/mna/redisc":                       {"drivers/redigo"},
	"github.com/FZambia/sentinel":                 {"drivers/redigo"},
	"github.com/alicebob/miniredis/v2":            {"algorithms/algotest", "internal/provider/embedded"},
	"github.com/parquet-go/parquet-go":            {"internal/history"},
	"github.com/HdrHistogram/hdrhistogram-go":     {"internal/metrics"},
	"github.com/spf13/cobra":                      {"internal/cli"},
	"github.com/vbauerster/mpb/v8":                {"internal/cli"},
	"github.com/jedib0t/go-pretty/v6":             {"internal/report"},
	"google.golang.org/grpc":                      {"internal/remote"},
	"github.com/envoyproxy/go-control-plane":      {"internal/remote"},
	"github.com/prometheus":                       {"internal/live"},
	"github.com/yuin/gopher-lua":                  {"internal/modelredis"},
	"github.com/goccy/go-yaml":                    {"internal/gate"},
	"github.com/chromedp":                         {"tests only"},
	"golang.org/x/perf/benchmath":                 {"internal/gate"},
	"github.com/aclements/go-moremath":            {"internal/gate"},
	"github.com/sony/gobreaker/v2":                {"algorithms/policy"},
	"modernc.org/sqlite":                          {"algorithms/policy"},
}

// pure packages are functions of their input: they read no clock, no global random
// source and no environment.
var pure = []string{"algorithms", "internal/workload", "internal/check", "internal/metrics", "internal/stats", "internal/chart", "internal/gate",
	"internal/report", "internal/export", "internal/page", "internal/claims"}

type pkg struct {
	ImportPath, Name string
	Imports, Deps    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Name,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/") {
			list = append(list, p)
		}
	}
	if len(list) < 20 {
		t.Fatalf("go list found %d packages of the module, want all of them", len(list))
	}
	return list
}

func local(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

// layer returns the position of a package, the longest match deciding.
func layer(t *testing.T, path string) int {
	t.Helper()
	best, at := -1, -1
	for i, names := range layers {
		for _, n := range names {
			hit := n == path || strings.HasSuffix(n, "/") && strings.HasPrefix(path, n)
			if hit && len(n) > best {
				best, at = len(n), i
			}
		}
	}
	if at < 0 {
		t.Fatalf("package %q has no layer: add it to the list", path)
	}
	return at
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := local(p.ImportPath)
		for _, imp := range p.Imports {
			to, ok := local(imp)
			if ok && layer(t, to) < layer(t, from) {
				t.Errorf("%s imports %s, which lies above it", from, to)
			}
		}
	}
}

func TestPlugInsDoNotImportEachOther(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := local(p.ImportPath)
		for _, imp := range p.Imports {
			to, ok := local(imp)
			if !ok || strings.HasSuffix(from, "/all") || from == "" {
				continue
			}
			for _, family := range []string{"algorithms/", "drivers/"} {
				if strings.HasPrefix(from, family) && strings.HasPrefix(to, family) {
					t.Errorf("plug-in %s imports plug-in %s", from, to)
				}
			}
		}
	}
}

func TestHeavyDependenciesHaveOneHome(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := local(p.ImportPath)
		for _, imp := range p.Imports {
			for dep, home := range homes {
				if (imp == dep || strings.HasPrefix(imp, dep+"/")) && !slices.Contains(home, from) {
					t.Errorf("%s imports %s, whose home is %s", from, imp, strings.Join(home, ", "))
				}
			}
		}
	}
}

func TestPurePackagesTouchNothing(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := local(p.ImportPath)
		if !slices.Contains(pure, from) {
			continue
		}
		for _, banned := range []string{"os", "math/rand", "net", "crypto/rand"} {
			if slices.Contains(p.Imports, banned) {
				t.Errorf("%s imports %s: it must be a function of its input", from, banned)
			}
		}
	}
}

func TestTestingStaysInTests(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := local(p.ImportPath)
		if slices.Contains(p.Imports, "testing") && !strings.HasSuffix(from, "test") {
			t.Errorf("%s imports testing outside of a test", from)
		}
	}
}
