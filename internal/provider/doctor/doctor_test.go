package doctor

import (
	"slices"
	"strings"
	"testing"
)

func find(t *testing.T, findings []Finding, name string) Finding {
	t.Helper()
	i := slices.IndexFunc(findings, func(f Finding) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no finding %q among %v", name, findings)
	}
	return findings[i]
}

func TestMissingPartsComeWithAdvice(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nonexistent.sock")
	t.Setenv("PATH", t.TempDir())
	all := Examine(t.Context())
	for name, advice := range map[string]string{"docker engine": "DOCKER_HOST", "redis-server": "install", "c compiler": "gcc"} {
		if f := find(t, all, name); f.OK || !strings.Contains(f.Do, advice) {
			t.Errorf("%+v lacks the advice %q", f, advice)
		}
	}
}

func TestPresentPartsNeedNothing(t *testing.T) {
	for _, f := range Examine(t.Context()) {
		if f.Detail == "" || f.OK != (f.Do == "") {
			t.Errorf("%+v: a detail is always wanted, advice if and only if something is wrong", f)
		}
	}
	if f := find(t, Examine(t.Context()), "redis-server"); !f.OK {
		t.Errorf("this test needs a redis-server: %+v", f)
	}
}

func TestImages(t *testing.T) {
	if f := images(nil); f.OK || !strings.Contains(f.Do, "make image") {
		t.Errorf("no image: %+v", f)
	}
	if f := images([]string{"a", "b"}); !f.OK || f.Detail != "a, b" {
		t.Errorf("two images: %+v", f)
	}
}
