package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/explore"
)

// exploreFlags are the flags of `rlbench explore`.
type exploreFlags struct {
	flags                          *pflag.FlagSet
	algorithm, technique, scenario []string
	limits                         []int64
	window                         time.Duration
	clients, requests              int
	events                         []string
	budget                         budget
	confirm                        bool
	redisServer, out               string
	json                           bool
}

func (p *Program) exploreCommand() *cobra.Command {
	f := exploreFlags{budget: budget{Budget: explore.DefaultBudget}}
	c := &cobra.Command{
		Use: "explore", Short: "Try every interleaving of a few clients, and find the shortest that breaks a promise", Args: noArguments,
		Long: "explore runs techniques, unchanged, on a model of Redis, through every order in which the round trips of a few\n" +
			"clients and events of the environment can happen. It counts the schedules, and writes of every broken promise\n" +
			"the shortest one that breaks it: a table, a diagram, and a trace that rlbench replay runs on a real server.\n\n" +
			"Inconclusive is a graph that was not exhausted, or not confirmed as asked. Not as expected is that a technique which\n" +
			"claims to be atomic is broken where nothing excuses it, or that nothing breaks one that is known to be wrong.",
		Example: "  rlbench explore\n" +
			"  rlbench explore --algorithm fixedwindow --technique naive,lua\n" +
			"  rlbench explore --technique incr-expire --scenario death\n" +
			"  rlbench explore --algorithm gcra --technique naive,lua --clients 3 --requests 2 --events tick,die --limit 2\n" +
			"  rlbench explore --confirm",
		RunE: func(c *cobra.Command, _ []string) error { return p.explore(c.Context(), &f) },
	}
	f.register(c.Flags())
	return c
}

func (f *exploreFlags) register(flags *pflag.FlagSet) {
	f.flags = flags
	names(flags, &f.algorithm, "algorithm", "algorithms and patterns, a comma list or all (default all but the controls)")
	names(flags, &f.technique, "technique", "techniques, and programs of patterns, a comma list or all (default all)")
	names(flags, &f.scenario, "scenario", "scenarios of the explorer, a comma list or all (default all): "+strings.Join(exploreScenarios(), ", "))
	flags.Int64SliceVar(&f.limits, "limit", []int64{1, 2, 3}, "limits under which to explore, a comma list")
	flags.DurationVar(&f.window, "window", time.Second, "window, W, whole milliseconds")
	flags.IntVar(&f.clients, "clients", 2, fmt.Sprintf("clients of a scenario of your own, at most %d", explore.MaxClients))
	flags.IntVar(&f.requests, "requests", 1, "requests of each client in a scenario of your own")
	names(flags, &f.events, "events", "events in a scenario of your own, a comma list, each as often as it is named: "+strings.Join(eventNames(), ", "))
	flags.Var(&f.budget, "budget", "bounds beyond which a search ends without a proof: states=N,memory=GiB,time=DURATION")
	flags.BoolVar(&f.confirm, "confirm", false, "confirm everything on a real redis-server under a virtual clock")
	flags.StringVar(&f.redisServer, "redis-server", "", "the server to confirm on: a path, an image of make image, or all (default: the first that is present)")
	flags.StringVar(&f.out, "out", "", "folder of the result (default: runs/<UTC time>-explore)")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
}

func (p *Program) explore(ctx context.Context, f *exploreFlags) error {
	suite, err := p.exploreSuite(f)
	if err != nil {
		return err
	}
	folder, err := newFolder(f.out, "explore")
	if err != nil {
		return err
	}
	defer folder.close()
	d, r, err := p.exhaust(ctx, f, suite)
	if err != nil {
		folder.takeBack()
		return advise(err)
	}
	files, err := d.Files(suite, r)
	if err == nil {
		err = evidence.Write(folder.path, files)
	}
	if err != nil {
		evidence.Remove(folder.path, files)
		folder.takeBack()
		return advise(err)
	}
	return p.showExplored(f, folder, d, r, suite)
}

// exhaust explores, and confirms what was found if that is wanted.
func (p *Program) exhaust(ctx context.Context, f *exploreFlags, suite explore.Suite) (*evidence.Document, *explore.Report, error) {
	bounded, cancel := f.budget.context(ctx)
	defer cancel()
	begun := time.Now()
	count := newCount(p.Stderr, "subjects explored")
	suite.Progress = count.show
	r, err := suite.Run(bounded)
	count.close()
	if ctx.Err() != nil {
		return nil, nil, &exitError{ExitInterrupted, errors.New("interrupted: nothing is written")}
	}
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	d := evidence.New(suite, r)
	d.Suite.Seconds = new(time.Since(begun).Seconds())
	if f.confirm {
		err = p.confirm(ctx, f.redisServer, suite, d)
	}
	return d, r, err
}

// showExplored prints the result and turns it into the exit code.
func (p *Program) showExplored(f *exploreFlags, folder *folder, d *evidence.Document, r *explore.Report, suite explore.Suite) error {
	var err error
	if f.json {
		err = d.Encode(p.Stdout)
	} else {
		err = d.Terminal(p.Stdout, suite, r, folder.path, cmp.Or(p.Name, "rlbench"))
	}
	if err != nil {
		return err
	}
	return f.judge(d, r, suite)
}

// judge turns what was found into the exit code, the gravest first.
func (f *exploreFlags) judge(d *evidence.Document, r *explore.Report, suite explore.Suite) error {
	surprises := r.Surprises(suite.Subjects, f.whole())
	switch {
	case len(r.Refused) > 0:
		return usagef("%w%s", r.Refused[0].Err, andMore(len(r.Refused)))
	case len(surprises) > 0:
		return &exitError{ExitUnexpected, errors.New(surprises[0] + andMore(len(surprises)))}
	case !r.Exhausted():
		return &exitError{ExitInconclusive, fmt.Errorf("%s%s: raise --budget, or ask for less", r.Open[0], andMore(len(r.Open)))}
	case f.confirm && d.Confirmation.Effects == 0: // subjects that WATCH have no edges, but effects too
		return &exitError{ExitInconclusive, errors.New("the graphs are not confirmed: that takes a virtual clock, and so a C compiler")}
	}
	return nil
}

// andMore says how many more there are of what is said of one.
func andMore(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n-1)
}

// whole says that the default suite was explored: then every subject that is wrong has
// to be found out.
func (f *exploreFlags) whole() bool {
	return !slices.ContainsFunc([]string{"scenario", "limit", "window", "clients", "requests", "events", "budget"}, f.flags.Changed)
}

// exploreSuite resolves the flags. Every mistake in one is found here.
func (p *Program) exploreSuite(f *exploreFlags) (s explore.Suite, err error) {
	if f.flags.Changed("redis-server") && !f.confirm {
		return s, usagef("--redis-server names where to confirm: give --confirm too")
	}
	if s.Subjects, err = p.exploreSubjects(f); err != nil {
		return s, err
	}
	if s.Scenarios, err = f.scenarios(); err != nil {
		return s, err
	}
	for _, l := range f.limits {
		limit := algorithms.NewLimit(l, f.window)
		if err := limit.Validate(); err != nil {
			return s, usagef("%w", err)
		}
		s.Limits = append(s.Limits, limit)
	}
	s.Budget, s.Workers = f.budget.Budget, runtime.GOMAXPROCS(0)
	return s, nil
}

// exploreSubjects are the techniques, kept ones too, and the programs of patterns. One
// that cannot be explored is left out unless it is named.
func (p *Program) exploreSubjects(f *exploreFlags) (list []explore.Subject, err error) {
	chosen, err := pick("algorithm", f.algorithm, append(p.algorithmNames(), patternNames()...))
	if err != nil {
		return nil, err
	}
	valid := p.techniqueNames(chosen)
	for _, q := range patterns.All() {
		if slices.Contains(chosen, q.Pattern) && !slices.Contains(valid, q.Name) {
			valid = append(valid, q.Name)
		}
	}
	techniques, err := pick("technique", f.technique, valid)
	if err != nil {
		return nil, err
	}
	for _, a := range p.Algorithms {
		if !slices.Contains(chosen, a.Name) || a.Control && !slices.Contains(f.algorithm, a.Name) {
			continue
		}
		for _, t := range a.Techniques {
			if !slices.Contains(techniques, t.Name) {
				continue
			}
			s, err := explore.Limiter(a, t)
			switch {
			case err == nil:
				list = append(list, s)
			case slices.Contains(f.technique, t.Name):
				return nil, usagef("%w", err)
			default:
				fmt.Fprintf(p.Stderr, "rlbench: left out: %v\n", err)
			}
		}
	}
	for _, q := range patterns.All() {
		if slices.Contains(chosen, q.Pattern) && slices.Contains(techniques, q.Name) {
			list = append(list, explore.Pattern(q))
		}
	}
	if len(list) == 0 {
		return nil, usagef("nothing is selected: none of the chosen algorithms has one of the chosen techniques")
	}
	return list, nil
}

func patternNames() (names []string) {
	for _, q := range patterns.All() {
		if !slices.Contains(names, q.Pattern) {
			names = append(names, q.Pattern)
		}
	}
	return names
}

func exploreScenarios() (names []string) {
	for _, s := range explore.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// scenarios are those that are named, or the one that is described.
func (f *exploreFlags) scenarios() ([]explore.Scenario, error) {
	own := slices.DeleteFunc([]string{"clients", "requests", "events"}, func(name string) bool { return !f.flags.Changed(name) })
	if len(own) == 0 {
		chosen, err := pick("scenario", f.scenario, exploreScenarios())
		return slices.DeleteFunc(explore.Scenarios(), func(s explore.Scenario) bool { return !slices.Contains(chosen, s.Name) }), err
	}
	if len(f.scenario) > 0 {
		return nil, usagef("--%s describes a scenario of your own, and --scenario names one that is there: choose one of the two", own[0])
	}
	s := explore.Scenario{Name: explore.OwnScenario, Clients: f.clients, Requests: f.requests, Events: map[explore.Event]int{}, Losses: 2}
	for _, name := range f.events {
		add, known := eventsByName[name]
		if !known {
			return nil, unknown("event", name, eventNames())
		}
		add(&s)
	}
	s.About = cmp.Or(strings.Join(f.events, ", "), "no event")
	if eventful := slices.DeleteFunc(slices.Clone(f.events), func(name string) bool { return name == "tick" || name == "deadline" }); len(eventful) > 0 {
		s.Column = strings.Join(eventful, ", ")
	}
	if slices.ContainsFunc(f.events, func(name string) bool { return slices.Contains(forgiven, name) }) {
		s.Forgives = "the server or the network forgets or repeats what it did"
	}
	if err := s.Validate(); err != nil {
		return nil, usagef("%w", err)
	}
	return []explore.Scenario{s}, nil
}

// eventsByName are what a scenario of one's own may hold.
var eventsByName = map[string]func(*explore.Scenario){
	"tick":         func(s *explore.Scenario) { s.Ticks = explore.AcrossWindow },
	"deadline":     func(s *explore.Scenario) { s.Ticks = explore.AtDeadline },
	"clock-ahead":  func(s *explore.Scenario) { s.Skew = 0.7 },
	"clock-behind": func(s *explore.Scenario) { s.Skew = -0.7 },
	"die":          func(s *explore.Scenario) { s.Deaths++ },
	"lost-reply":   count(explore.LostReply),
	"resend":       count(explore.Resend),
	"abandon":      count(explore.Abandon),
	"evict":        count(explore.Evict),
	"failover":     count(explore.Failover),
	"lose-state":   count(explore.LoseState),
	"forget-lua":   count(explore.ForgetLua),
	"step-clock":   count(explore.StepClock),
}

// forgiven are the events by which a limiter that is right may break too.
var forgiven = []string{"evict", "failover", "lose-state", "resend", "step-clock"}

func count(e explore.Event) func(*explore.Scenario) {
	return func(s *explore.Scenario) { s.Events[e]++ }
}

func eventNames() []string { return slices.Sorted(maps.Keys(eventsByName)) }
