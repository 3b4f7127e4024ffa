// Package cli is the command line: one file per subcommand, which reads flags,
// calls the packages below, and prints. stdout is the result, stderr progress and
// log.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/scenarios"
)

// Program is a command line over lists of algorithms, drivers and scenarios.
type Program struct {
	// Name is what the program is called, if not rlbench.
	Name       string
	Algorithms []algorithms.Algorithm
	Drivers    []drivers.Driver
	Scenarios  []scenarios.Scenario
	Stdout     io.Writer
	Stderr     io.Writer
}

// errorPrefix begins the line of an error, whatever the program is called.
const errorPrefix = "rlbench: "

// Run executes the arguments (without the program's name) and returns the exit
// code. The first Ctrl-C ends the context: a run finishes and writes; a later one ends
// the process.
func (p *Program) Run(args []string) int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer func() { signal.Stop(signals); close(signals) }()
	go func() {
		if p.heed(signals, stop) {
			os.Exit(ExitInterrupted)
		}
	}()
	err := p.execute(ctx, args)
	if err != nil {
		fmt.Fprintln(p.Stderr, errorPrefix+oneLine(given.Hide(err.Error(), args)))
	}
	return exitCode(err)
}

// sameInterruption is how long after a signal another one is part of it: a key is held
// down, or a terminal and whoever started us both send one.
const sameInterruption = time.Second

// heed calls end at the first signal. It says whether another one came later, before
// there were no more to come.
func (p *Program) heed(signals <-chan os.Signal, end func()) (again bool) {
	var first time.Time
	for range signals {
		switch {
		case first.IsZero():
			first = time.Now()
			fmt.Fprintln(p.Stderr, errorPrefix+"interrupted: ending; once more ends at once")
			end()
		case time.Since(first) > sameInterruption:
			fmt.Fprintln(p.Stderr, errorPrefix+"interrupted again: ended at once")
			return true
		}
	}
	return false
}

// oneLine shows what breaks lines in an error: arguments and file names may hold
// anything, and several errors come as one with a line each.
func oneLine(text string) string {
	return strings.NewReplacer("\n", "; ", "\r", `\r`).Replace(text)
}

// execute runs the command. Whatever goes wrong before a command's own code runs
// is a mistake in the arguments.
func (p *Program) execute(ctx context.Context, args []string) error {
	started := false
	root := p.root()
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !started && exitCode(err) == ExitError {
		return usagef("%w", err)
	}
	return err
}

func (p *Program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "rlbench",
		Short: "The benchmark and correctness suite for Redis rate limiters",
		Long: "rlbench runs rate limiters against real Redis servers, records every decision, judges the record\n" +
			"against what the algorithm promises, and draws overshoot, latency and cost.",
		SilenceErrors: true, SilenceUsage: true, Version: version(),
		Args: p.noSuchCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(p.helpCommand())
	root.AddCommand(p.runCommand(), p.checkCommand(), p.plotCommand(), p.reportCommand(), p.exportCommand(), p.gateCommand(), p.abCommand(),
		p.exploreCommand(), p.replayCommand(), p.claimsCommand(),
		p.listCommand(), p.doctorCommand(), p.versionCommand())
	for _, c := range append(root.Commands(), root) {
		c.Long = cmp.Or(c.Long, c.Short+".") + "\n\n" + exitCodes
	}
	return root
}

// helpCommand refuses what is no command, instead of showing the help of all.
func (p *Program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about any command",
		RunE: func(c *cobra.Command, args []string) error {
			of, rest, err := c.Root().Find(args)
			if err := errors.Join(err, p.noSuchCommand(c.Root(), rest)); err != nil {
				return err
			}
			of.InitDefaultHelpFlag()
			return of.Help()
		},
	}
}

func (p *Program) noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var valid []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			valid = append(valid, sub.Name())
		}
	}
	return unknown("command", args[0], valid)
}
