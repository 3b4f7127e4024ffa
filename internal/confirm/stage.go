package confirm

import (
	"context"
	"errors"
	"slices"

	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/transcript"
)

// stage is an otherwise unused server on which one trace is replayed after the other.
type stage struct {
	ctx      context.Context
	target   Target
	observer *redigo.Raw
	// idle are connections of clients of earlier replays. They are as good as new: each
	// has been answered all it asked, and watches nothing.
	idle []*redigo.Raw
	// left are the keys that the last replay has had; none if that is not known.
	left []string
}

func newStage(ctx context.Context, t Target) (*stage, error) {
	observer, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	return &stage{ctx: ctx, target: t, observer: observer}, nil
}

// close leaves the server empty.
func (s *stage) close() error {
	_, err := s.observer.Do("FLUSHALL")
	for _, cn := range s.idle {
		err = errors.Join(err, cn.Close())
	}
	return errors.Join(err, s.observer.Close())
}

// dial returns a connection for a client: an idle one, or another.
func (s *stage) dial() (*redigo.Raw, error) {
	if last := len(s.idle) - 1; last >= 0 {
		cn := s.idle[last]
		s.idle = s.idle[:last]
		return cn, nil
	}
	return s.target.dial(s.ctx)
}

// replay runs a trace again and again.
func (s *stage) replay(trace transcript.Trace, times int) (Evidence, error) {
	if err := replayable(trace, s.target); err != nil {
		return Evidence{}, err
	}
	keys := keysOf(trace)
	for n := range times {
		r := &replay{stage: s, trace: trace, clients: map[string]*client{}, round: n + 1}
		err := r.run()
		r.leave(err == nil)
		if err != nil {
			return Evidence{}, err
		}
		s.left = keys
	}
	return Evidence{Times: times, ServerVersion: s.target.Version, TimeEmulated: s.target.SetClock == nil}, nil
}

// keysOf are the keys that a trace shows.
func keysOf(t transcript.Trace) (keys []string) {
	for _, s := range t.Steps {
		for _, e := range s.After {
			keys = append(keys, e.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// clear empties the server, of the keys that the replay before has had if that is enough:
// FLUSHALL takes Redis 8 as long as a replay, for it waits for a thread. What has died is
// there until somebody asks for it, and would live again at an earlier time.
func (r *replay) clear() error {
	keys := r.left
	r.left = nil
	if len(keys) > 0 {
		replies, err := r.observe([][]string{append([]string{"DEL"}, keys...), {"DBSIZE"}})
		if err != nil || replies[1].Int == 0 {
			return err
		}
	}
	_, err := r.observer.Do("FLUSHALL")
	return err
}

// leave keeps the connections that are as good as new, if the replay went well, and closes
// all others: those that still watch, and those of requests that were given up.
func (r *replay) leave(well bool) {
	for _, c := range r.clients {
		if well && c.cn != nil && !c.watching {
			r.idle = append(r.idle, c.cn)
			continue
		}
		_ = hangUp(c)
	}
	for _, a := range r.late {
		_ = hangUp(a.over)
	}
}
