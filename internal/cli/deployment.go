package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// isolate moves this process to where its servers can have networks of their own, if
// a topology needs them. Nothing is made or printed before: the process that goes on
// there begins anew, with the same command line.
func (p *Program) isolate(ctx context.Context, f *runFlags, topologies []string, list []scenarios.Scenario) error {
	several := slices.ContainsFunc(topologies, topology.Several)
	faults := slices.IndexFunc(list, func(s scenarios.Scenario) bool { return s.Faults != nil })
	if f.dryRun || f.server.topology() != "" || !several && faults < 0 {
		return nil
	}
	where, err := choose.Choose(ctx, string(f.server), f.image)
	if err != nil {
		return serverError(err)
	}
	if t := where.Traits(); faults >= 0 && (t.Shared || t.InProcess) {
		return usagef("scenario %s does harm to servers, and --server %s has none of its own: use --server docker or local", list[faults].Name, f.server)
	}
	if !several {
		return nil
	}
	if _, ok := where.(provider.Networker); !ok {
		return usagef("--server %s has one server, and the topologies sentinel and cluster need several: use --server docker or local", where.Name())
	}
	if i, ok := where.(provider.Isolator); ok {
		stay, err := f.metrics.carry()
		if err != nil {
			return err
		}
		defer stay()
		return i.Isolate(ctx)
	}
	return nil
}

// deploy starts the deployment that a cell wants in place of the one before, unless that
// is like it and no fault has struck it.
func (s *session) deploy(ctx context.Context, cell scenarios.Cell) error {
	if s.where == nil { // a service has no servers here
		return nil
	}
	name, settings := cell.Topology, s.flags.servers(cell)
	if s.topology == name && s.settings == settings && !s.spent {
		return nil
	}
	if err := s.withdraw(); err != nil {
		return err
	}
	deployment, err := topologyNamed(name).Start(ctx, s.where, settings)
	if err != nil {
		return serverError(s.cutOff(err))
	}
	s.topology, s.settings, s.deployment = name, settings, deployment
	return s.connect(ctx)
}

// withdrawWithin bounds the end of a deployment, which takes a second or two.
const withdrawWithin = 30 * time.Second

// withdraw ends the deployment and the connections to it, if there are any.
func (s *session) withdraw() error {
	ctx, cancel := context.WithTimeout(context.Background(), withdrawWithin)
	defer cancel()
	var errs []error
	if s.bench != nil {
		if s.shared() {
			errs = append(errs, s.bench.Clean(ctx))
		}
		errs = append(errs, s.bench.Close())
	}
	if s.deployment != nil {
		errs = append(errs, s.deployment.Stop(ctx))
	}
	s.bench, s.deployment, s.topology, s.spent = nil, nil, "", false
	return errors.Join(errs...)
}

// shared says that the servers outlive the run.
func (s *session) shared() bool { return s.where != nil && s.where.Traits().Shared }

// connect opens the bench on the deployment, and records the servers.
func (s *session) connect(ctx context.Context) error {
	primaries, err := s.primaries(ctx)
	if err != nil {
		return err
	}
	if s.bench, err = engine.New(ctx, s.deployment.Endpoints(), primaries, s.where.Traits(), s.Drivers); err != nil {
		return s.cutOff(err)
	}
	survey, err := s.bench.Survey(ctx)
	if err != nil {
		return fmt.Errorf("ask the server about itself: %w", err)
	}
	if !s.where.Traits().InProcess {
		if err := suitable(survey, s.shared(), s.deployment.Endpoints().Mode); err != nil {
			return err
		}
	}
	if s.shared() {
		s.warn(survey)
	}
	nodes, err := s.nodes(ctx, survey)
	if err != nil {
		return err
	}
	if s.result != nil {
		return s.admit(nodes)
	}
	env, err := s.environment(s.flags, s.where, nodes)
	if err != nil {
		return err
	}
	return s.begin(s.flags, env, serverTitle(survey, s.where), survey.Version != "")
}

// primaries are the addresses that the servers announce which hold keys; none where
// the deployment is one server.
func (s *session) primaries(ctx context.Context) (addrs []string, err error) {
	if !topology.Several(s.topology) {
		return nil, nil
	}
	list, err := s.deployment.Primaries(ctx)
	for _, n := range list {
		addrs = append(addrs, n.PeerAddr)
	}
	return addrs, err
}

// nodes are the servers of the deployment for environment.json.
func (s *session) nodes(ctx context.Context, survey *engine.Survey) (map[string]result.Node, error) {
	list := make(map[string]result.Node)
	for _, n := range s.deployment.Nodes() {
		if !topology.Several(s.topology) {
			list[s.nameOf(n)] = result.Node{Facts: n.Facts(), Info: survey.Info, Config: survey.Config}
			continue
		}
		node, err := inspect(ctx, n)
		if err != nil && !s.shared() {
			return nil, err
		}
		list[s.nameOf(n)] = node
	}
	return list, nil
}

// nameOf tells a node from those of other topologies, and from those that a scenario
// wants set otherwise.
func (s *session) nameOf(n topology.Node) string {
	name := n.Name
	if topology.Several(s.topology) {
		name = s.topology + "/" + name
	}
	if s.settings == s.flags.durability {
		return name
	}
	return strings.Join(slices.DeleteFunc([]string{name, s.settings.Persistence, s.settings.Eviction}, func(word string) bool { return word == "" }), "/")
}

// inspect asks one of several nodes about itself. A Sentinel has no CONFIG. With an
// error the node holds what was learnt until then: one that is not ours may be out of
// our reach, or not tell.
func inspect(ctx context.Context, n topology.Node) (result.Node, error) {
	node := result.Node{Facts: n.Facts()}
	info, err := topology.Ask(ctx, n, "INFO", "default")
	if err != nil {
		return node, err
	}
	node.Info = provider.InfoFields(info.Text)
	if provider.Mode(node.Info) == "sentinel" {
		return node, nil
	}
	config, err := topology.Ask(ctx, n, "CONFIG", "GET", "*")
	if err == nil {
		node.Config = config.Pairs()
	}
	return node, err
}

// admit records the servers of one more deployment. In a run that is resumed they
// must be like those of the same name that were there before.
func (s *session) admit(nodes map[string]result.Node) error {
	now := *s.env
	now.Nodes = nodes
	if err := s.comparable(&now); err != nil {
		return err
	}
	maps.Copy(s.env.Nodes, nodes)
	return result.WriteEnvironment(s.folder.path, s.env)
}

// comparable refuses to go on with an earlier run under other conditions. Of servers
// those count that both have: each deployment is recorded when it is started.
func (s *session) comparable(env *result.Environment) error {
	if s.earlier == nil {
		return nil
	}
	was, is := sharing(s.earlier.env, env), sharing(env, s.earlier.env)
	if d := result.Difference(was.Conditions(), is.Conditions()); d != "" {
		return usagef("%s cannot go on here, because its cells would not be comparable: %s", s.folder.path, d)
	}
	return nil
}

// sharing is an environment with only those servers that another one has too.
func sharing(e, other *result.Environment) *result.Environment {
	shared := *e
	shared.Nodes = maps.Clone(e.Nodes)
	maps.DeleteFunc(shared.Nodes, func(name string, _ result.Node) bool {
		_, both := other.Nodes[name]
		return !both
	})
	return &shared
}
