package drivers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Class says what an error proves about the command that returned it.
type Class uint8

const (
	// Unknown: the command may have run, or may still run: a timeout or a reset
	// after the write, a script that failed midway. The safe assumption, and so
	// the zero value.
	Unknown Class = iota
	// Failed: no part of the command has run or will run: a refused dial, an error
	// reply to a single command, MOVED, READONLY, EXECABORT, a nil EXEC.
	Failed
)

// String is the word used in histories.
func (c Class) String() string {
	if c == Failed {
		return "failed"
	}
	return "unknown"
}

// ErrAborted is returned by Tx.Exec when a watched key changed: EXEC answered
// nil and nothing was written. Its class is Failed.
var ErrAborted = &Error{Class: Failed, Err: errors.New("transaction aborted: a watched key changed")}

// ErrNoCommand is returned for a transaction or pipeline of no commands: not
// every client sends it, so that it would not notice a changed key. Its class is
// Failed.
var ErrNoCommand = &Error{Class: Failed, Err: errors.New("there is no command to send")}

// ErrClosed is returned by an operation on a closed Conn. Its class is Failed.
var ErrClosed = &Error{Class: Failed, Err: errors.New("connection is closed")}

// ErrCrossSlot is returned for a transaction whose keys lie in several slots of a
// Cluster, in the words of the server. Its class is Failed.
var ErrCrossSlot = &Error{Class: Failed, Err: errors.New("CROSSSLOT Keys in request don't hash to the same slot")}

// Error is an error whose class was decided by an adapter.
type Error struct {
	Class Class
	Err   error
}

// Error returns the text of the cause.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause, so that errors.Is finds context.DeadlineExceeded.
func (e *Error) Unwrap() error { return e.Err }

// WithClass wraps err with a class; nil stays nil.
func WithClass(c Class, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Class: c, Err: err}
}

// ClassOf returns the class of the outermost classed error in err's chain, and
// Unknown if there is none: nobody has proven that nothing ran.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Unknown
}

// MayHaveRun marks an error as Unknown because an earlier step of the same
// decision has already written. Techniques of several trips call it.
func MayHaveRun(err error) error {
	return WithClass(Unknown, err)
}

// refusals are the prefixes of error replies with which a server rejects a
// command before it runs any part of it. NOPERM is not one of them: a script that
// returns what redis.pcall answered passes it on unmarked, after earlier writes.
// The others cannot hit a script that has already written.
var refusals = []string{
	"NOSCRIPT", "MOVED", "ASK", "TRYAGAIN", "CROSSSLOT", "CLUSTERDOWN", "READONLY", "MASTERDOWN",
	"NOREPLICAS", "MISCONF", "LOADING", "BUSY", "OOM", "NOAUTH", "WRONGPASS", "EXECABORT",
	"ERR max number of clients reached",
}

// states are the refusals of a write for what the server is, a replica or a
// primary that has lost its replicas. That does not change while a script runs, so
// that its writes are all refused or none.
var states = []string{"READONLY", "NOREPLICAS"}

// ReplyError classes the text of an error reply.
//
// A single command that answers an error has done nothing, whatever the text.
// A script may fail midway and keep what it wrote before: only a refusal that
// does not come from a call inside the script proves that nothing ran. Redis
// marks the latter with the name of the script ("script: <sha>, on
// @user_script:1"), and before 7.0 with a leading "ERR Error running script".
func ReplyError(text string, fromScript bool) error {
	err := errors.New(text)
	within := strings.Contains(text, "script: ") || strings.Contains(text, "user_script")
	if !fromScript || startsWith(text, states) || !within && startsWith(text, refusals) {
		return WithClass(Failed, err)
	}
	return WithClass(Unknown, err)
}

func startsWith(text string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}

// discarded are the prefixes of what EXEC answers when it has thrown the
// transaction away: a command was not queued, or the slot has moved meanwhile.
var discarded = []string{"EXECABORT", "MOVED", "ASK", "TRYAGAIN", "CROSSSLOT", "CLUSTERDOWN"}

// TransactionError classes the error reply of EXEC, or of MULTI. Where EXEC has
// discarded the transaction, no command ran. Anything else proves nothing: after a
// refused MULTI the commands run one by one.
func TransactionError(text string) error {
	if startsWith(text, discarded) {
		return WithClass(Failed, errors.New(text))
	}
	return WithClass(Unknown, errors.New(text))
}

// PipelineError classes an error reply within a pipeline: Failed if all of the
// commands were refused, as by a server that is loading, else Unknown.
func PipelineError(text string, refused, sent int) error {
	if refused == sent {
		return ReplyError(text, false)
	}
	return WithClass(Unknown, errors.New(text))
}

// IsNoScript reports whether err is the refusal of EVALSHA by a server that does
// not have the script: nothing ran, and EVAL may follow.
func IsNoScript(err error) bool {
	return ClassOf(err) == Failed && strings.HasPrefix(err.Error(), "NOSCRIPT")
}

// FillInts copies an integer reply, or an array of integers, to dst. An adapter
// whose client does not decode into a slice by itself uses it for Eval. The
// error is Unknown: the script has run, its answer is of no use.
func FillInts(r Reply, dst []int64) error {
	items := r.Items
	if r.Kind == Int {
		items = []Reply{r}
	}
	if len(items) != len(dst) {
		return WithClass(Unknown, fmt.Errorf("eval: script answered %d values, want %d", len(items), len(dst)))
	}
	for i, it := range items {
		if it.Kind != Int {
			return WithClass(Unknown, fmt.Errorf("eval: value %d of the script's answer is %s, want an integer", i, it.Kind))
		}
		dst[i] = it.Int
	}
	return nil
}
