// Package cli is the command line: one file per subcommand, which reads flags,
// calls the packages below, and prints. stdout is the result, stderr progress and
// log.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

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

// Run executes the arguments (without the program's name) and returns the exit
// code. The first Ctrl-C ends the context: a run finishes and writes; the second
// one ends the process.
func (p *Program) Run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()
	err := p.execute(ctx, args)
	if err != nil {
		fmt.Fprintln(p.Stderr, "rlbench: "+oneLine(given.Hide(err.Error(), args)))
	}
	return exitCode(err)
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
	root.AddCommand(p.runCommand(), p.checkCommand(), p.plotCommand(), p.reportCommand(), p.exportCommand(), p.gateCommand(), p.abCommand(),
		p.exploreCommand(), p.replayCommand(), p.claimsCommand(),
		p.listCommand(), p.doctorCommand(), p.versionCommand())
	return root
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
