package slidinglog

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multi() algorithms.Technique {
	return algorithms.Technique{
		Name: "multi",
		About: "WATCH, then the entry that decides, the newest one and TIME in one trip, " +
			"then MULTI{ZREMRANGEBYSCORE, ZADD, PEXPIRE, ZCARD}EXEC; again from the start if the key changed.",
		New:    newMulti,
		Atomic: true,
		Serial: true,
		Trips:  3,
	}
}

type multiLimiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
	id    func() string
}

func newMulti(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return multiLimiter{conn: conn, limit: limit, id: env.ID}
}

// Allow reads two entries, however long the log is: there is room for n exactly
// if the (L-n+1)-th newest entry no longer counts, and its end is also when there
// will be. The last command of the EXEC counts what is left.
func (l multiLimiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	key := algorithms.Key(user, state)
	reads := []drivers.Command{nth(key, max(1, l.limit.L-n+1)), nth(key, 1), drivers.Cmd("TIME")}
	var d algorithms.Decision
	replies, err := algorithms.Transact(ctx, l.conn, key, reads, func(r []drivers.Reply) ([]drivers.Command, error) {
		var err error
		if d, err = l.decide(r, n); err != nil {
			return nil, err
		}
		if !d.Allowed {
			return []drivers.Command{count(key, d.At, l.limit)}, nil
		}
		return l.charge(key, d.At, n), nil
	})
	if err != nil {
		return algorithms.Decision{}, err
	}
	d.Remaining = max(0, l.limit.L-replies[len(replies)-1].Int)
	return d, nil
}

// decide makes a decision, but for Remaining, of the entry that decides, the
// newest one and the time.
func (l multiLimiter) decide(r []drivers.Reply, n int64) (algorithms.Decision, error) {
	at, err := algorithms.TimeOf(r[2])
	if err != nil {
		return algorithms.Decision{}, err
	}
	decisive, err := l.end(r[0], at)
	if err != nil {
		return algorithms.Decision{}, err
	}
	newest, err := l.end(r[1], at)
	if err != nil {
		return algorithms.Decision{}, err
	}
	d := algorithms.Decision{Limit: l.limit.L, At: at, ResetAfter: newest.Sub(at)}
	switch {
	case n > l.limit.L:
		d.RetryAfter = algorithms.Never
	case decisive > at:
		d.RetryAfter = decisive.Sub(at)
	default:
		d.Allowed, d.ResetAfter = true, l.limit.W
	}
	return d, nil
}

// end is the instant from which an entry no longer counts, and not before at.
func (l multiLimiter) end(entry drivers.Reply, at algorithms.Instant) (algorithms.Instant, error) {
	s, err := scores(entry)
	if err != nil || len(s) == 0 {
		return at, err
	}
	return max(at, s[0].Add(l.limit.W)), nil
}

func (l multiLimiter) charge(key string, at algorithms.Instant, n int64) []drivers.Command {
	cmds := []drivers.Command{trim(key, at, l.limit)}
	cmds = append(cmds, entries(key, at, n, l.id())...)
	return append(cmds, expire(key, l.limit), drivers.Cmd("ZCARD", key))
}

// count is the command that counts the cost at an instant and writes nothing.
func count(key string, at algorithms.Instant, limit algorithms.Limit) drivers.Command {
	return drivers.Cmd("ZCOUNT", key, "("+algorithms.Text(at.Add(-limit.W)), "+inf")
}
