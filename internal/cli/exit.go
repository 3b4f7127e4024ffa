package cli

import (
	"context"
	"errors"
	"fmt"
)

// Exit codes of the program.
const (
	ExitOK           = 0
	ExitError        = 1   // the tool or its infrastructure failed
	ExitUsage        = 2   // a flag, a name or a file given by the user is wrong
	ExitInconclusive = 97  // a cell is unknown where a verdict was expected
	ExitUnexpected   = 99  // a verdict is not as expected
	ExitInterrupted  = 130 // Ctrl-C; what was finished is on disk
)

// exitCodes ends the help of every command.
var exitCodes = fmt.Sprintf("Exit codes: %d as expected or passed; %d rlbench or its servers failed; %d wrong use or input; %d inconclusive;\n"+
	"%d not as expected or failed; %d interrupted.", ExitOK, ExitError, ExitUsage, ExitInconclusive, ExitUnexpected, ExitInterrupted)

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usagef is a mistake of the user: exit code 2.
func usagef(format string, args ...any) error {
	return &exitError{ExitUsage, fmt.Errorf(format, args...)}
}

// exitCode is the code of what a command returned.
func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitError
}
