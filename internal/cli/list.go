package cli

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/algorithms/policy"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/fault"
	"github.com/rlbench/rlbench/scenarios"
)

func (p *Program) listCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List algorithms, techniques, patterns, drivers, client settings, failure policies and scenarios", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return p.list() },
	}
}

func (p *Program) list() error {
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ALGORITHM/TECHNIQUE\tTRIPS IF ADMITTED\tATOMIC\tWHAT IT DOES")
	for _, a := range p.Algorithms {
		for _, t := range a.Techniques {
			if !t.Kept() {
				fmt.Fprintf(w, "%s/%s\t%d\t%s\t%s\n", a.Name, t.Name, t.Trips, yesNo(t.Atomic), t.About)
			}
		}
	}
	fmt.Fprintln(w, "\nDRIVER\tMODULE\tVERSION\t")
	for _, d := range p.Drivers {
		fmt.Fprintf(w, "%s\t%s\t%s\t\n", d.Name(), d.Module(), moduleVersion(d.Module()))
	}
	fmt.Fprintln(w, "\nCLIENT SETTINGS\tRETRIES\tREAD TIMEOUT\tDEADLINES\tCONNECTIONS\tPIPELINING\t")
	for _, o := range drivers.Clients(2) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", o.Client, retries(o), asShipped(o.ReadTimeout > 0, o.ReadTimeout.String()),
			asShipped(o.HonourDeadline, "honoured"), connections(o), asShipped(o.Pipelining != drivers.AsShipped, string(o.Pipelining)))
	}
	fmt.Fprintln(w, "\nFAILURE POLICY\tADMITTED AT MOST\tWHAT IT DOES")
	for _, policy := range policy.All() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", policy.Name, promise(policy.Bound), policy.About)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	p.listKept()
	fmt.Fprintln(p.Stdout, "\nSCENARIOS of rlbench explore")
	for _, s := range explore.Scenarios() {
		fmt.Fprintf(p.Stdout, "%s: %d clients, %d requests each: %s\n", s.Name, s.Clients, s.Requests, s.About)
	}
	return p.listScenarios()
}

// promise spells the bound of a policy, for a server that keeps its state.
func promise(b algorithms.Bound) string {
	switch {
	case b.None:
		return "no bound"
	case b.Own > 0:
		return fmt.Sprintf("(%d + processes) x contract", b.Times(0, 0))
	}
	return fmt.Sprintf("%d x contract", b.Times(1, 0))
}

// listKept prints the programs that are no part of a matrix unless they are named.
func (p *Program) listKept() {
	fmt.Fprintln(p.Stdout, "\nNAMED TECHNIQUES, kept as evidence")
	for _, a := range p.Algorithms {
		for _, t := range a.Techniques {
			if t.Kept() {
				listOrigin(p.Stdout, a.Name, t.Name, t.About, t.Origin)
			}
		}
	}
	fmt.Fprintln(p.Stdout, "\nPATTERNS, companions of limiters")
	for _, q := range patterns.All() {
		listOrigin(p.Stdout, q.Pattern, q.Name, q.About, q.Origin)
	}
}

func listOrigin(w io.Writer, of, name, about string, o algorithms.Origin) {
	fmt.Fprintf(w, "%s/%s: %s\n", of, name, about)
	if o.Flaw != "" {
		fmt.Fprintf(w, "    flaw: %s\n    repair: %s/%s\n", o.Flaw, of, o.Repair)
	}
	fmt.Fprintf(w, "    found in: %s\n", o.Source)
}

func (p *Program) listScenarios() error {
	fmt.Fprintln(p.Stdout, "\nSCENARIOS of rlbench run")
	for _, s := range p.Scenarios {
		if _, err := fmt.Fprintf(p.Stdout, "%s: limit %d per %s. %s\n", s.Name, s.Limit.L, s.Limit.W, s.Hypothesis); err != nil {
			return err
		}
		if steps := stepNames(s); len(steps) > 0 {
			fmt.Fprintf(p.Stdout, "    steps: %s\n", strings.Join(steps, " "))
		}
		p.listFaults(s)
		p.listExpectations(p.Stdout, s)
	}
	return nil
}

// listFaults prints what happens in a scenario, and where.
func (p *Program) listFaults(s scenarios.Scenario) {
	on := map[string][]string{}
	for _, topology := range s.Playable(topologyNames()) {
		for _, name := range s.Kinds(topology) {
			on[name] = append(on[name], topology)
		}
	}
	for _, f := range fault.All() {
		if where := on[f.Name()]; len(where) > 0 {
			fmt.Fprintf(p.Stdout, "    fault %s on %s: %s\n", f.Name(), strings.Join(where, ", "), f.About())
		}
	}
}

// listExpectations prints what is expected of a technique, which depends on what it
// claims and not on its name, and under faults on the topology.
func (p *Program) listExpectations(w io.Writer, s scenarios.Scenario) {
	for _, atomic := range []bool{true, false} {
		var said []string // what is expected on several topologies is said once
		on := map[string][]string{}
		for _, topology := range s.Playable(topologyNames()) {
			e := s.Expect(algorithms.Technique{Atomic: atomic}, topology)
			text := fmt.Sprintf("expected %s, because %s", e.Verdict, e.Why)
			if on[text] == nil {
				said = append(said, text)
			}
			on[text] = append(on[text], topology)
		}
		for _, text := range said {
			where := ""
			if s.Faults != nil {
				where = " on " + strings.Join(on[text], ", ")
			}
			fmt.Fprintf(w, "    atomic %s%s: %s\n", yesNo(atomic), where, text)
		}
	}
}

func connections(o drivers.Options) string {
	switch o.PoolSize {
	case drivers.Unpooled:
		return "none kept"
	case 1:
		return "one"
	}
	return asShipped(o.PoolSize > 0, "bounded")
}

func retries(o drivers.Options) string {
	return asShipped(o.Retries != 0, "none")
}

// asShipped is the text of a setting that a profile may leave to the library.
func asShipped(set bool, text string) string {
	if set {
		return text
	}
	return "as shipped"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// moduleVersion finds the version of a module in the build information.
func moduleVersion(module string) string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dep := range build.Deps {
		if dep.Path == module {
			return dep.Version
		}
	}
	return "unknown"
}
