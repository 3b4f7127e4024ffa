package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

func (p *Program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the versions of rlbench, Go, the clients and the formats", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(p.Stdout, "rlbench %s\n%s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, d := range p.Drivers {
				fmt.Fprintf(p.Stdout, "%s %s %s\n", d.Name(), d.Module(), moduleVersion(d.Module()))
			}
			_, err := fmt.Fprintf(p.Stdout, "history format %d\nresult format %d\n", history.Schema, result.SchemaVersion)
			return err
		},
	}
}

// version is the module's version, or the commit it was built from, or "devel".
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := build.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" {
			return "devel " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
