package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArguments refuses whatever is no flag.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s takes no arguments, got %q: see %s --help for its flags", c.Name(), args[0], c.CommandPath())
}

// oneRun refuses more than the folder of one run.
func oneRun(c *cobra.Command, args []string) error {
	if len(args) < 2 {
		return nil
	}
	return usagef("%s takes one run folder, got %d: %s", c.Name(), len(args), strings.Join(args, " "))
}

// wanted says what a flag takes, by the type of its value. The flags' own texts name
// functions of Go.
var wanted = map[string]string{
	"bool": "true or false", "int": "a whole number", "int64": "a whole number", "uint64": "a whole number from 0", "float64": "a number",
	"duration": "a duration such as 10s or 250ms", "stringSlice": "a comma list of names, or all",
}

// flagError names the flag that was probably meant, and what a flag takes.
func flagError(c *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) && wanted[value.GetFlag().Value.Type()] != "" {
		f := value.GetFlag()
		return usagef("--%s must be %s, got %q", f.Name, wanted[f.Value.Type()], value.GetValue())
	}
	name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return usagef("%w", err)
	}
	var valid []string
	c.Flags().VisitAll(func(f *pflag.Flag) { valid = append(valid, f.Name) })
	return unknown("flag", name, valid)
}
