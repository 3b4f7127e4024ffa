package drivers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// DialFunc has the form of net.Dialer.DialContext.
type DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// Dialer returns the dial function that an adapter hands to its client: the
// hook of the endpoints, else own, ended after timeout (> 0). Clients that take
// a hook leave the timeout to it, so that one dial could hang for good.
//
// Its errors are Failed, and stay so however the client wraps them: a command
// whose connection was never made has not been sent.
func (e Endpoints) Dialer(own DialFunc, timeout time.Duration) DialFunc {
	dial := e.Dial
	if dial == nil {
		dial = own
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		conn, err := dial(ctx, network, addr)
		return conn, WithClass(Failed, err)
	}
}

// Connect is the common part of every adapter's Open: it runs dial, sends PING,
// and gives up when ctx ends, which not every client does by itself. The error
// begins with "open <driver>: <addresses>: " and never holds the password.
func Connect(ctx context.Context, driver string, at Endpoints, dial func() (Conn, error)) (Conn, error) {
	conn, err := connect(ctx, at, dial)
	if err != nil {
		return nil, &openError{driver, err}
	}
	return conn, nil
}

// openError is why an Open failed.
type openError struct {
	driver string
	reason error
}

func (e *openError) Error() string { return "open " + e.driver + ": " + e.reason.Error() }
func (e *openError) Unwrap() error { return e.reason }

// Reason is why an Open failed, without the driver: for a connection that any driver
// would do for.
func Reason(err error) error {
	if open, ok := err.(*openError); ok { // what is around it says more
		return open.reason
	}
	return err
}

func connect(ctx context.Context, at Endpoints, dial func() (Conn, error)) (Conn, error) {
	if problem := at.problem(); problem != "" {
		return nil, errors.New(problem)
	}
	where := strings.Join(at.Addrs, ", ")
	type attempt struct {
		conn Conn
		err  error
	}
	done := make(chan attempt, 1)
	go func() {
		conn, err := greet(ctx, dial)
		done <- attempt{conn, err}
	}()
	select {
	case a := <-done:
		if a.err != nil {
			return nil, fmt.Errorf("%s: %w", where, sentence(a.err, at.Password, at.SentinelPassword))
		}
		return a.conn, nil
	case <-ctx.Done():
		go func() {
			if late := <-done; late.err == nil {
				_ = late.conn.Close()
			}
		}()
		return nil, fmt.Errorf("%s: no answer: %w", where, ctx.Err())
	}
}

// greet opens a connection that has answered a PING.
func greet(ctx context.Context, dial func() (Conn, error)) (Conn, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	pong, err := conn.Do(ctx, "PING")
	if err == nil && pong.Text != "PONG" {
		err = fmt.Errorf("the answer to PING is %q: this is not a Redis server", pong.Text)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// sentence rewords an error of several lines, one per server that was tried, and
// one that quotes a password: a server that does not know HELLO or AUTH repeats
// their arguments in its error reply.
func sentence(err error, passwords ...string) error {
	said := strings.ReplaceAll(err.Error(), "\n", "; ")
	for _, password := range passwords {
		if password != "" {
			said = strings.ReplaceAll(said, password, "***")
		}
	}
	if said == err.Error() {
		return err
	}
	return errors.New(said)
}
