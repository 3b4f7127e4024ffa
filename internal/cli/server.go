package cli

import (
	"cmp"
	"errors"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/scenarios"
)

// server is the value of the --server flag. Its text form, which results and
// messages show, is without a password; string(s) is what was typed.
type server string

// Set implements pflag.Value.
func (s *server) Set(text string) error {
	*s = server(text)
	return nil
}

// String implements pflag.Value.
func (s *server) String() string { return given.Public(string(*s)) }

// Type implements pflag.Value.
func (*server) Type() string { return "string" }

// check finds a mistake before anything is started.
func (s *server) check(image string, list []scenarios.Scenario) error {
	if text := string(*s); !given.IsAddress(text) {
		if _, err := pick("server", []string{text}, choose.Flags); err != nil {
			return usagef("%w; or the address of your own, %s", err, given.Form)
		}
	}
	if err := serverError(choose.Check(string(*s), image)); err != nil {
		return err
	}
	return s.spared(list)
}

// spared refuses to break servers that are not ours, and processes that cannot be told
// of TLS.
func (s *server) spared(list []scenarios.Scenario) error {
	for _, sc := range list {
		if sc.Faults != nil && s.topology() != "" {
			return usagef("scenario %s breaks servers, and those at %s are not the run's own: use --server docker or local", sc.Name, s)
		}
		if sc.Instances > 0 && s.secured() {
			return usagef("scenario %s starts processes that connect without TLS, and the server at %s wants it: use another server", sc.Name, s)
		}
	}
	return nil
}

// secured says that the address wants TLS.
func (s *server) secured() bool {
	a, err := given.Parse(string(*s))
	return err == nil && a.TLS != nil
}

// topology is the one that an address settles; empty where the run starts servers.
func (s *server) topology() string {
	a, err := given.Parse(string(*s))
	if err != nil {
		return ""
	}
	return cmp.Or(string(a.At.Mode), defaultTopology)
}

// serverError gives a server that the user asked for wrongly the code of a wrong
// flag.
func serverError(err error) error {
	if errors.Is(err, provider.ErrUsage) {
		return usagef("%w", err)
	}
	return err
}
