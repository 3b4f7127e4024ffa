package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/provider/given"
)

// abFlags are the flags of `rlbench ab`.
type abFlags struct {
	// played are those that the builds are asked with: their own names decide what is valid.
	played *pflag.FlagSet
	// all are those of the command.
	all        *pflag.FlagSet
	server     server
	image, out string
	rules      string
	pairs      int
	seed       uint64
	dryRun     bool
}

const mostPairs = 1000

// abByDefault is what is played without a flag: few enough cells to be timed together.
var abByDefault = map[string]string{
	"scenario": strings.Join(mainJob, ","), "technique": "lua", "driver": "goredis", "client": history.DefaultClient,
}

func (p *Program) abCommand() *cobra.Command {
	var f abFlags
	c := &cobra.Command{
		Use: "ab BASE HEAD", Short: "Compare two builds, run in turn against the same server",
		Long: "ab runs two builds of rlbench, or of a program that calls rlbench.Main, in turn (A B B A ...) against one server,\n" +
			"each time with the same seed for both, and gates head on the pairs: what the machine does to one of a pair it\n" +
			"does to the other. What looks slower is measured in a second block before it counts. The trials of each build\n" +
			"are kept as a run of its own, base and head in the folder of --out.",
		Example: "  rlbench ab ./rlbench-main ./rlbench\n" +
			"  rlbench ab ./before ./after --algorithm fixedwindow --technique mine --driver redigo",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("ab takes two programs, BASE and HEAD, got %d: see rlbench ab --help", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.ab(c.Context(), &f, args[0], args[1]) },
	}
	f.register(c.Flags())
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the matrix and the estimated time, and run nothing")
	c.Flags().StringVar(&f.out, "out", "", "folder of the two runs (default: runs/<UTC time>-ab-seed<seed>)")
	return c
}

// register defines the flags that every comparison has. The pairs are the repeats, and
// the server says which topology it is.
func (f *abFlags) register(to *pflag.FlagSet) {
	f.played = pflag.NewFlagSet("", pflag.ContinueOnError)
	new(selection).register(f.played, map[string]string{
		"scenario": abByDefault["scenario"], "technique": abByDefault["technique"], "driver": abByDefault["driver"],
		"client": abByDefault["client"], "algorithm": "all but the controls",
	})
	new(settings).register(f.played)
	f.played.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "repeat" && flag.Name != "topology" {
			to.AddFlag(flag)
		}
	})
	f.server = server(choose.Flags[0])
	to.Var(&f.server, "server", "where the server runs: auto, docker, local; or the address of your own,\n"+given.Form+"\n(password: "+given.PasswordVar+")")
	to.StringVar(&f.image, "image", "", "container image of the server (default: the official one, else a local build)")
	to.IntVar(&f.pairs, "pairs", gate.LeastRepeats, "pairs of trials in a block")
	to.StringVar(&f.rules, "rules", "", "rules of the gate (default: the built-in ones)")
	to.Uint64Var(&f.seed, "seed", 0, "seed of all schedules; pair i has it plus i-1 (default: a random one, which is printed)")
	f.all = to
}

// asked are the flags that both builds get besides those of a trial: which cells, and
// settings of their scenarios.
func (f *abFlags) asked() (cells, settings []string) {
	f.played.VisitAll(func(own *pflag.Flag) {
		flag := f.all.Lookup(own.Name)
		if flag == nil {
			return
		}
		value, list := abByDefault[flag.Name], &settings
		if names, ok := flag.Value.(pflag.SliceValue); ok {
			list = &cells
			if flag.Changed {
				value = strings.Join(names.GetSlice(), ",")
			}
		} else if flag.Changed {
			value = flag.Value.String()
		}
		if value != "" {
			*list = append(*list, "--"+flag.Name+"="+value)
		}
	})
	return cells, settings
}

// check finds the mistakes that need neither build nor server, and settles the seed.
func (f *abFlags) check() error {
	if f.pairs < gate.LeastRepeats || f.pairs > mostPairs {
		return usagef("--pairs must be %d to %d, got %d: fewer cannot tell a change from chance", gate.LeastRepeats, mostPairs, f.pairs)
	}
	if string(f.server) == "embedded" {
		return usagef("--server embedded is no real Redis: use auto, docker, local, or the address of your own")
	}
	if !f.all.Changed("seed") {
		f.seed = randomSeed()
	}
	return f.server.check(f.image, nil)
}

func (p *Program) ab(ctx context.Context, f *abFlags, base, head string) error {
	v, err := p.newVersus(ctx, f, base, head)
	if err != nil {
		return err
	}
	if f.dryRun {
		fmt.Fprintf(p.Stdout, "seed %d\n", f.seed)
		return v.announce()
	}
	folder, err := v.begin(ctx, "ab")
	if err != nil {
		return err
	}
	defer folder.close()
	fmt.Fprintf(p.Stdout, "seed %d; %s\n", f.seed, v.where.About())
	if err := v.announce(); err != nil {
		return errors.Join(err, v.close())
	}
	b, err := v.play(ctx, folder, f.seed)
	if err = errors.Join(err, v.close()); err != nil {
		return advise(err)
	}
	return b.tell()
}
