package connect

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/rlbench/rlbench/drivers"
)

// sharing has all who find no connection wait for one and the same connect. The group
// forgets it when it is over: after a failure the next request begins another.
type sharing struct {
	open    opener
	flights singleflight.Group

	mu    sync.Mutex
	ready drivers.Conn // nil until it is there
}

func (s *sharing) conn(ctx context.Context) (drivers.Conn, error) {
	if ready := s.look(); ready != nil {
		return ready, nil
	}
	// The connect outlives the request that began it: the others wait for it too.
	flight := s.flights.DoChan("", func() (any, error) { return s.connect(context.WithoutCancel(ctx)) })
	select {
	case landed := <-flight:
		conn, _ := landed.Val.(drivers.Conn) // nil with an error
		return conn, landed.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *sharing) look() drivers.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

// connect looks again: the connect that this request did not see may just have landed.
func (s *sharing) connect(ctx context.Context) (drivers.Conn, error) {
	if ready := s.look(); ready != nil {
		return ready, nil
	}
	conn, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = conn
	return conn, nil
}

// Close implements io.Closer.
func (s *sharing) Close() error {
	if ready := s.look(); ready != nil {
		return ready.Close()
	}
	return nil
}
