package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rlbench/rlbench/internal/provider/doctor"
)

func (p *Program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Say what this machine has of what rlbench needs", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return p.doctor(doctor.Examine(c.Context())) },
	}
}

// doctor prints the findings. Only a machine on which no real server can be
// started is an error: one of containers and local processes is enough.
func (p *Program) doctor(findings []doctor.Finding) error {
	ok := map[string]bool{}
	for _, f := range findings {
		ok[f.Name] = f.OK
		mark := "ok     "
		if !f.OK {
			mark = "missing"
		}
		fmt.Fprintf(p.Stdout, "%s  %-14s %s\n", mark, f.Name, f.Detail)
		if f.Do != "" {
			fmt.Fprintf(p.Stdout, "         %-14s -> %s\n", "", f.Do)
		}
	}
	if !ok["redis-server"] && !(ok["docker engine"] && ok["images"]) {
		return errors.New("no real Redis can be started here, only an imitation: install redis-server, or Docker and an image")
	}
	return nil
}
