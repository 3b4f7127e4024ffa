package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"

	"github.com/rlbench/rlbench/internal/provider/given"
	"github.com/rlbench/rlbench/internal/topology"
)

// remedy is what to do about a failure, by a part of its text: what a server answers
// reaches us as text alone.
type remedy struct {
	text string
	code int
	do   string
}

var advice = []remedy{
	{"WRONGPASS", ExitUsage, "check the user and the password: " + given.PasswordVar + ", or in the address"},
	{"NOAUTH", ExitUsage, "the server wants a password: set " + given.PasswordVar},
	{"without any password configured", ExitUsage, "the server has no password: give none"},
	{"DB index is out of range", ExitUsage, "the server has fewer databases: name a lower number"},
	{"cluster support disabled", ExitUsage, "the server is not a node of a Cluster: write redis://"},
	{"READONLY", ExitUsage, "the server is a replica: name its primary"},
	{"certificate required", ExitError, "the server wants a client's certificate: ?cert=FILE&key=FILE"},
	{"max number of clients", ExitError, "the server is full: let other clients go, or raise its maxclients"},
	{"NOPERM", ExitError, "the user needs @read, @write, @scripting, @transaction, @connection and TIME, on keys ~rl{*"},
}

// sentinelAdvice is what goes before where Sentinels were asked, which have users of
// their own.
var sentinelAdvice = []remedy{
	{"WRONGPASS", ExitUsage, "check the user and the password of the sentinels: ?" + given.OptionSentinelUser + "=NAME and " + given.SentinelPasswordVar},
	{"NOAUTH", ExitUsage, "the sentinels want a password of their own: set " + given.SentinelPasswordVar},
	{"without any password configured", ExitUsage, "the sentinels have no password: unset " + given.SentinelPasswordVar},
	{"unknown command", ExitUsage, "that is no sentinel: name one, or write redis:// for the server itself"},
}

// adviceOn is what may be said to a failure.
func adviceOn(said string) []remedy {
	if strings.Contains(said, topology.AskSentinels) {
		return slices.Concat(sentinelAdvice, advice)
	}
	return advice
}

// advise says what to do about a failure whose text does not.
func advise(err error) error {
	if full(err) {
		return fmt.Errorf("%w: free some space, or choose another place with --out", err)
	}
	return explain(err)
}

// full says that there was no room for a file.
func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// explain says what to do about a server that answered, but not as it should.
func explain(err error) error {
	var decided *exitError
	switch {
	case errors.As(err, &decided):
		return err
	case errors.Is(err, given.ErrHandshake):
		return usagef("%w (is it TLS that the server speaks on this port, and is its certificate for this name, "+
			"by an authority known here or in ?ca=FILE?)", err)
	}
	for _, a := range adviceOn(err.Error()) {
		if strings.Contains(err.Error(), a.text) {
			return &exitError{a.code, fmt.Errorf("%w (%s)", err, a.do)}
		}
	}
	return err
}

// cutOff explains a connection that a server of somebody else's has closed instead
// of answering. The reason that it may have sent is lost when a write comes first.
func (s *session) cutOff(err error) error {
	closed := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	if !s.shared() || !closed {
		return err
	}
	return fmt.Errorf("%w (the server closed the connection: its maxclients may be reached, or it wants TLS, rediss://, "+
		"or a client's certificate)", err)
}
