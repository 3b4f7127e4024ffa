package remote

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
)

func parseThrottle(u *url.URL) (Subject, error) {
	if u.Port() == "" || u.Path != "" || u.RawQuery != "" {
		return Subject{}, errors.New("want throttle://host:port, with user:password@ before the host if need be")
	}
	at := drivers.Endpoints{Addrs: []string{u.Host}, Username: u.User.Username()}
	at.Password, _ = u.User.Password()
	return Subject{
		Protocol: "throttle", Host: u.Host, Public: public(u, nil), Weighs: true,
		open: func(ctx context.Context, counted drivers.Endpoints, with drivers.Options, l algorithms.Limit, _ Promise) (algorithms.Limiter, error) {
			at.Dial = counted.Dial
			return newThrottle(ctx, at, with, l)
		},
	}, nil
}

// throttle asks by CL.THROTTLE, which is told the limit with every request. It does
// not repeat a command: redigo never does.
type throttle struct {
	conn  drivers.Conn
	limit algorithms.Limit
}

func newThrottle(ctx context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (*throttle, error) {
	if l.W%time.Second != 0 {
		return nil, fmt.Errorf("CL.THROTTLE counts in whole seconds: --window must be one or several, not %s", l.W)
	}
	with.HonourDeadline, with.ReadTimeout, with.Pipelining = true, 0, drivers.AsShipped
	conn, err := redigo.Driver{}.Open(ctx, at, with)
	if err != nil {
		return nil, err
	}
	return &throttle{conn, l}, nil
}

// Allow sends CL.THROTTLE key max_burst count period quantity. What it answers about
// retrying is left out: some servers round it down to whole seconds.
func (t *throttle) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if err := asked(n, true); err != nil {
		return algorithms.Decision{}, err
	}
	l := t.limit
	r, err := t.conn.Do(ctx, "CL.THROTTLE", key, algorithms.Text(l.B-1), algorithms.Text(l.L),
		algorithms.Text(int64(l.W/time.Second)), algorithms.Text(n))
	if err != nil && strings.Contains(err.Error(), "unknown command") {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, errors.New("it does not know the command CL.THROTTLE"))
	}
	if err != nil {
		return algorithms.Decision{}, err
	}
	if len(r.Items) != 5 || r.Items[0].Kind != drivers.Int || r.Items[2].Kind != drivers.Int {
		return algorithms.Decision{}, errors.New("CL.THROTTLE answered something else than five numbers")
	}
	return algorithms.Decision{
		Allowed: r.Items[0].Int == 0, Limit: r.Items[1].Int, Remaining: r.Items[2].Int,
		RetryAfter: unlessAllowed(r.Items[0].Int == 0), ResetAfter: algorithms.NotKnown,
	}, nil
}

// unlessAllowed is the RetryAfter where a service does not tell.
func unlessAllowed(allowed bool) time.Duration {
	if allowed {
		return 0
	}
	return algorithms.NotKnown
}

// Close closes the connections.
func (t *throttle) Close() error { return t.conn.Close() }
