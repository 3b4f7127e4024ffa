package provider

import "testing"

func TestTooOld(t *testing.T) {
	for version, want := range map[string]bool{
		"7.0.15": false, "8.0.2": false, "10.1": false, "255.255.255": false, "6.2.14": true, "": true, "unstable": true,
	} {
		if got := TooOld(version); got != want {
			t.Errorf("TooOld(%q) = %t, want %t", version, got, want)
		}
	}
}
