package trace

import (
	_ "embed"
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

//go:embed numbering.lua
var numbering string

// derive returns a script that runs another as a function, so that an early return of
// it ends no more than that, and numbers the run. What the function finds in KEYS and
// ARGV, and the lines that its errors name, are as they were.
func derive(script *drivers.Script) *drivers.Script {
	first, rest := shebang(script.Source())
	return drivers.NewScript(first + "local limiter = function() " + rest + "\nend\n" + numbering)
}

// shebang splits a script after the line with which it may state its flags. That one
// has to stay the first.
func shebang(source string) (first, rest string) {
	if !strings.HasPrefix(source, "#!") {
		return "", source
	}
	end := strings.Index(source+"\n", "\n")
	return source[:end] + "\n", source[min(end+1, len(source)):]
}
