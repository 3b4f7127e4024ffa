package confirm

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/transcript"
)

// otherwise is what Valkey 8.1 does otherwise than Redis and the model. Redis sets the key:
// who watches it notices, and it lives through the present millisecond. To Valkey it never
// was there. Nothing in which that occurs can be confirmed there, and what was left out is
// said.
const otherwise = "SET gives a key a deadline that is now or over, which Valkey takes for a deletion, and Redis does not"

// doesOtherwise says that the server does so with one of some commands.
func doesOtherwise[C ~[]string](t Target, at algorithms.Instant, commands []C) bool {
	return strings.HasPrefix(t.Version, "valkey ") && slices.ContainsFunc(commands, func(cmd C) bool {
		i := slices.IndexFunc(cmd, func(word string) bool { return strings.EqualFold(word, "PXAT") })
		if i < 0 || i+1 == len(cmd) {
			return false
		}
		deadline, err := strconv.ParseInt(cmd[i+1], 10, 64)
		return err == nil && deadline <= at.Milli()
	})
}

// doesStepOtherwise says that it does so in a step that is not an EXEC which was aborted.
func doesStepOtherwise(t Target, trace transcript.Trace, s transcript.Step) bool {
	aborted := s.Kind == transcript.Transaction && s.Reply == "(nil)"
	return !aborted && doesOtherwise(t, instantOf(trace, s.TMS), s.Commands)
}
