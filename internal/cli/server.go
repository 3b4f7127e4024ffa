package cli

import (
	"errors"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/provider/given"
)

// server is the value of the --server flag. Its text form, which results and
// messages show, is without a password; string(s) is what was typed.
type server string

// Set implements pflag.Value.
func (s *server) Set(text string) error {
	*s = server(text)
	return nil
}

// String implements pflag.Value.
func (s *server) String() string { return given.Public(string(*s)) }

// Type implements pflag.Value.
func (*server) Type() string { return "string" }

// check finds a mistake before anything is started.
func (s *server) check(image string) error {
	if text := string(*s); !given.IsAddress(text) {
		if _, err := pick("server", []string{text}, choose.Flags); err != nil {
			return err
		}
	}
	return serverError(choose.Check(string(*s), image))
}

// serverError gives a server that the user asked for wrongly the code of a wrong
// flag.
func serverError(err error) error {
	if errors.Is(err, provider.ErrUsage) {
		return usagef("%w", err)
	}
	return err
}
