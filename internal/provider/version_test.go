package provider

import (
	"strings"
	"testing"
)

func TestTooOld(t *testing.T) {
	for version, want := range map[string]bool{
		"7.0.15": false, "8.0.2": false, "10.1": false, "255.255.255": false, "6.2.14": true, "": true, "unstable": true,
	} {
		if got := TooOld(version); got != want {
			t.Errorf("TooOld(%q) = %t, want %t", version, got, want)
		}
	}
}

// FuzzTooOld: what a version is decided by is the number before the first dot.
func FuzzTooOld(f *testing.F) {
	for _, s := range []string{"7.0.15", "6.2", "", "v8", "99999999999999999999.0", "-8.0", "08.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, version string) {
		major, _, _ := strings.Cut(version, ".")
		if TooOld(version) != TooOld(major) {
			t.Errorf("%q and %q differ", version, major)
		}
		if !TooOld(version) && strings.Trim(major, "+0123456789") != "" {
			t.Errorf("%q is taken for a version", version)
		}
	})
}
