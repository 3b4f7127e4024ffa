package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

func TestReplyErrorOfScript(t *testing.T) {
	for text, want := range map[string]drivers.Class{
		"NOSCRIPT No matching script. Please use EVAL.":                                                    drivers.Failed,
		"MOVED 3999 127.0.0.1:6381":                                                                        drivers.Failed,
		"READONLY You can't write against a read only replica.":                                            drivers.Failed,
		"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.":           drivers.Failed,
		"READONLY You can't write against a read only replica. script: 8f9c, on @user_script:1.":           drivers.Failed,
		"NOREPLICAS Not enough good replicas to write. script: 8f9c, on @user_script:1.":                   drivers.Failed,
		"OOM command not allowed when used memory > 'maxmemory'. script: 8f9c, on @user_script:1.":         drivers.Unknown,
		"ERR Error running script (call to f_8f9c): @user_script:1: -OOM command not allowed":              drivers.Unknown,
		"ERR value is not an integer or out of range script: 8f9c, on @user_script:1.":                     drivers.Unknown,
		"WRONGTYPE Operation against a key holding the wrong kind of value script: 8f, on @user_script:1.": drivers.Unknown,
		"NOPERM this user has no permissions to run the 'set' command":                                     drivers.Unknown,
		"MINE by hand": drivers.Unknown,
		"":             drivers.Unknown,
	} {
		if got := drivers.ClassOf(drivers.ReplyError(text, true)); got != want {
			t.Errorf("%q: got class %s, want %s", text, got, want)
		}
	}
}

// FuzzReplyError: the text passes unchanged; what mentions a script is Failed only
// for the state of the server; a single command's error always is.
func FuzzReplyError(f *testing.F) {
	f.Add("OOM x script: 8f, on @user_script:1.", true)
	f.Add("NOSCRIPT x", true)
	f.Add("ERR x", false)
	f.Fuzz(func(t *testing.T, text string, script bool) {
		err := drivers.ReplyError(text, script)
		if err.Error() != text {
			t.Errorf("text %q became %q", text, err)
		}
		if class := drivers.ClassOf(err); !script && class != drivers.Failed || script && within(text) && class != drivers.Unknown {
			t.Errorf("%q, from a script %t: class %s", text, script, class)
		}
	})
}

// within says that the error comes from a call inside a script, and not from the
// state of the server.
func within(text string) bool {
	return strings.Contains(text, "user_script") && !strings.HasPrefix(text, "READONLY") && !strings.HasPrefix(text, "NOREPLICAS")
}

func TestClasses(t *testing.T) {
	refused := drivers.WithClass(drivers.Failed, errors.New("refused"))
	for _, c := range []struct {
		err  error
		want drivers.Class
	}{
		{nil, drivers.Unknown},
		{errors.New("nobody knows"), drivers.Unknown},
		{refused, drivers.Failed},
		{fmt.Errorf("allow: %w", refused), drivers.Failed},
		{drivers.MayHaveRun(refused), drivers.Unknown},
		{drivers.ErrAborted, drivers.Failed},
		{drivers.TransactionError("EXECABORT Transaction discarded because of previous errors."), drivers.Failed},
		{drivers.TransactionError("MOVED 3999 127.0.0.1:6381"), drivers.Failed},
		{drivers.TransactionError("CLUSTERDOWN The cluster is down"), drivers.Failed},
		{drivers.ErrCrossSlot, drivers.Failed},
		{drivers.TransactionError("NOPERM this user has no permissions to run the 'multi' command"), drivers.Unknown},
		{drivers.PipelineError("LOADING Redis is loading the dataset in memory", 2, 2), drivers.Failed},
		{drivers.PipelineError("WRONGTYPE x", 1, 2), drivers.Unknown},
	} {
		if got := drivers.ClassOf(c.err); got != c.want {
			t.Errorf("%v: got %s, want %s", c.err, got, c.want)
		}
	}
	if drivers.WithClass(drivers.Failed, nil) != nil {
		t.Error("no error became one")
	}
}

// The dial hook gets the timeout, and its error is known to be from before the
// write.
func TestDialer(t *testing.T) {
	own := func(context.Context, string, string) (net.Conn, error) { panic("the hook was not used") }
	mine := errors.New("mine")
	at := drivers.Endpoints{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the hook got no deadline")
		}
		return nil, mine
	}}
	_, err := at.Dialer(own, 1<<40)(context.Background(), "tcp", "a:1")
	if !errors.Is(err, mine) || drivers.ClassOf(err) != drivers.Failed {
		t.Errorf("got %v of class %s", err, drivers.ClassOf(err))
	}
}
