package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/remote"
	"github.com/rlbench/rlbench/scenarios"
)

// service are the flags of a limiter that runs as a service, and what they say.
type service struct {
	url           secretURL
	keyHeader     string
	contract      string
	granularity   time.Duration
	chargesDenied bool
	remote.Subject
	remote.Promise
}

// secretURL is the value of a flag that shows itself without credentials: what a
// flag was given is quoted in messages and results.
type secretURL struct{ raw string }

func (u *secretURL) Set(raw string) error { u.raw = raw; return nil }
func (u *secretURL) Type() string         { return "URL" }

func (u *secretURL) String() string {
	if u.raw == "" {
		return ""
	}
	s, err := remote.Parse(u.raw, "")
	if err != nil {
		return "(hidden)"
	}
	return s.Public
}

func (s *service) register(f *pflag.FlagSet) {
	f.Var(&s.url, "subject", "try a limiter that runs as a service: http://…, https://…, rls://host:port/domain (Envoy) or throttle://host:port (CL.THROTTLE);\n"+
		"needs --contract, --limit and --window as the service is configured")
	f.StringVar(&s.keyHeader, "key-header", "", "HTTP header of the key, unless the URL of the subject says {key} (default "+remote.DefaultKeyHeader+")")
	f.StringVar(&s.contract, "contract", "", "what the subject promises: "+strings.Join(contracts(), ", "))
	f.DurationVar(&s.granularity, "granularity", time.Millisecond, "resolution of the subject's clock; of replicas, how far theirs differ")
	f.BoolVar(&s.chargesDenied, "charges-denied", false, "the subject charges denied requests too (default true over rls://, because Envoy's does)")
}

func contracts() (names []string) {
	for _, k := range remote.Kinds() {
		names = append(names, string(k))
	}
	return names
}

func (s *service) given() bool { return s.url.raw != "" }

// resolve reads the flags, and refuses those that belong to limiters on servers of
// this run: services and they are never part of one comparison.
func (s *service) resolve(set func(flag string) bool, window time.Duration) (err error) {
	if !s.given() {
		return s.unused(set)
	}
	for _, name := range []string{"topology", "algorithm", "technique", "driver", "client", "server", "image", "min-replicas", "wait", "persistence"} {
		if set(name) {
			return usagef("--%s has no meaning with --subject: the run holds that one limiter", name)
		}
	}
	if s.Subject, err = remote.Parse(s.url.raw, s.keyHeader); err != nil {
		return usagef("--subject: %w", err)
	}
	return s.resolvePromise(set, window)
}

// resolvePromise demands what only the service's owner can know.
func (s *service) resolvePromise(set func(flag string) bool, window time.Duration) error {
	switch {
	case !set("contract"):
		return usagef("--subject needs --contract, what the service promises: %s", strings.Join(contracts(), ", "))
	case !slices.Contains(contracts(), s.contract):
		return unknown("contract", s.contract, contracts())
	}
	needed := []string{"limit", "window"}
	if s.contract == string(algorithms.Bucket) || s.contract == string(algorithms.EnvelopeOnly) {
		needed = append(needed, "burst")
	}
	for _, name := range needed {
		if !set(name) {
			return usagef("--subject with --contract %s needs --%s: the service's own configuration decides it", s.contract, name)
		}
	}
	if s.granularity < 0 || s.granularity > window {
		return usagef("--granularity must be from 0 to the window, got %s", s.granularity)
	}
	s.Promise = remote.Promise{Kind: algorithms.Kind(s.contract), Granularity: s.granularity, ChargesDenied: s.chargesDenied}
	if !set("charges-denied") {
		s.ChargesDenied = s.Protocol == "rls"
	}
	return nil
}

// unused refuses flags that mean nothing without a subject.
func (s *service) unused(set func(flag string) bool) error {
	for _, name := range []string{"subject", "key-header", "contract", "granularity", "charges-denied"} {
		if set(name) {
			return usagef("--%s has no meaning without the URL of a --subject", name)
		}
	}
	return nil
}

// cells is the matrix of the one subject.
func (s *service) cells(list []scenarios.Scenario, seed uint64) ([]scenarios.Cell, error) {
	for _, sc := range list {
		if sc.Faults != nil {
			return nil, usagef("scenario %s does harm to servers, and --subject has none of its own: leave it out", sc.Name)
		}
		if sc.Instances > 0 {
			return nil, usagef("scenario %s starts several processes of a limiter, and --subject is one that runs already: leave it out", sc.Name)
		}
		if sc.Cold {
			return nil, usagef("scenario %s is about the connections to a server, and those of --subject are its own: leave it out", sc.Name)
		}
		if sc.MostCost() > 1 && !s.Weighs {
			return nil, usagef("scenario %s sends costs up to %d: say where in the URL of --subject the {cost} goes", sc.Name, sc.MostCost())
		}
	}
	a := s.Algorithm(s.Promise)
	subject := scenarios.Subject{Algorithm: a, Technique: a.Techniques[0], Driver: s.Protocol, Client: history.DefaultClient}
	return scenarios.Expand(list, history.RemoteTopology, []scenarios.Subject{subject}, seed), nil
}

// about is what takes the place of a server in results.
func (s *service) about() string { return "remote limiter at " + s.Host + " (" + s.Protocol + ")" }

// openRemote greets the service. No server is started, so none is asked or stopped.
func (p *Program) openRemote(ctx context.Context, f *runFlags, folder *folder, cells []scenarios.Cell, earlier *stored) (*session, error) {
	sub := &f.subject
	fmt.Fprintf(p.Stdout, "seed %d; %s, judged by the contract %s\n", f.seed, sub.about(), sub.contract)
	// All scenarios have the limit of the flags.
	if err := sub.Greet(ctx, cells[0].Scenario.Limit, sub.Promise, cells[0].Scenario.Deadline); err != nil {
		return nil, err
	}
	own := *p
	own.Algorithms = []algorithms.Algorithm{sub.Algorithm(sub.Promise)}
	s := &session{Program: &own, folder: folder, cells: cells, earlier: earlier, bench: engine.NewRemote()}
	env, err := s.surroundings(f)
	if err != nil {
		return nil, err
	}
	return s, s.begin(f, env, sub.about(), true)
}

// config is what the flags say about the service; empty without one.
func (s *service) config() map[string]string {
	if !s.given() {
		return map[string]string{}
	}
	return map[string]string{
		"subject": s.Public, "subject.key_header": s.keyHeader, "subject.contract": s.contract,
		"subject.granularity": s.granularity.String(), "subject.charges_denied": fmt.Sprint(s.ChargesDenied),
	}
}
