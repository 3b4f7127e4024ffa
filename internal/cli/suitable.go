package cli

import (
	"fmt"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/provider"
)

// suitable refuses a server on which a run would fail in the middle: one on which
// half of the commands are unknown, or, if it is not ours, that takes no writes from
// us. What a server does not say of itself is not held against it.
func suitable(s *engine.Survey, shared bool, mode drivers.Mode) error {
	switch {
	case s.Redis != "" && provider.TooOld(s.Redis):
		return fmt.Errorf("the server is Redis %s: rlbench needs %d.0 or newer, for PEXPIRETIME", s.Redis, provider.Oldest)
	case !shared:
		return nil
	case s.Mode == "sentinel":
		return usagef("the server is a Sentinel: write redis-sentinel://host:port/primary, with the name by which it knows the primary")
	case s.Mode == "cluster" && mode != drivers.Cluster:
		return usagef("the server is a node of a Cluster: write redis-cluster://host:port")
	case s.Role == "slave" || s.Role == "replica":
		return usagef("the server is a replica, which takes no writes: name its primary")
	}
	return nil
}

// warn says what a server that is not ours keeps from us, and what it costs.
func (s *session) warn(survey *engine.Survey) {
	say := func(missing bool, what string) {
		if missing {
			fmt.Fprintln(s.Stderr, "rlbench: warning: the server "+what)
		}
	}
	say(survey.Version == "", "does not say what it is (INFO and HELLO are refused): the results are marked as no evidence")
	say(survey.Info == nil, "refuses INFO: its CPU time and the commands that it ran are not known")
	say(survey.Config == nil, "refuses CONFIG: environment.json is without its settings")
	say(!survey.Scans, "refuses SCAN: keys are not audited, and are left to expire instead of being removed")
}

// serverTitle says what was measured: "Redis 7.0.15 (docker)".
func serverTitle(s *engine.Survey, where provider.Provider) string {
	product := s.Product
	switch {
	case where.Traits().InProcess:
		return "miniredis, not a real Redis (" + where.Name() + ")"
	case product == "redis":
		product = "Redis"
	case product == "valkey":
		product = "Valkey"
	case product == "":
		product = "unknown server"
	}
	if s.Version != "" {
		product += " " + s.Version
	}
	return product + " (" + where.Name() + ")"
}
