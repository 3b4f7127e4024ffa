package provider

import (
	"strconv"
	"strings"
)

// Oldest is the first version of Redis that has PEXPIRETIME, by which techniques
// and the audit of keys learn when a key ends. Every Valkey is newer.
const Oldest = 7

// TooOld reports whether a version, as INFO's redis_version or --version prints it,
// is older than Oldest, or is no version.
func TooOld(version string) bool {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	return err != nil || n < Oldest
}
