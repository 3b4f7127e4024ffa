package connect

import (
	"context"
	"sync"

	"github.com/rlbench/rlbench/drivers"
)

// checking connects whenever it finds no connection. Its two steps are apart: all who
// look before the first has connected try to connect too.
type checking struct {
	open opener

	mu         sync.Mutex
	ready      drivers.Conn // nil until it is there
	connecting bool
}

func (s *checking) conn(ctx context.Context) (drivers.Conn, error) {
	if ready := s.look(); ready != nil {
		return ready, nil
	}
	return s.connect(ctx)
}

func (s *checking) look() drivers.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

// connect is what a client does that has one connection: it refuses to make a second.
func (s *checking) connect(ctx context.Context) (drivers.Conn, error) {
	if ready, busy := s.begin(); busy || ready != nil {
		if busy {
			return nil, ErrConnecting
		}
		return ready, nil
	}
	conn, err := s.open(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connecting = false
	if err == nil {
		s.ready = conn
	}
	return conn, err
}

func (s *checking) begin() (ready drivers.Conn, busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready == nil && !s.connecting {
		s.connecting = true
		return nil, false
	}
	return s.ready, s.connecting
}

// Close implements io.Closer.
func (s *checking) Close() error {
	if ready := s.look(); ready != nil {
		return ready.Close()
	}
	return nil
}
