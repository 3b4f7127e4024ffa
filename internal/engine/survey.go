package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Survey is what a server says about itself before the load. A server that somebody
// else runs may refuse any of it.
type Survey struct {
	// Info and Config are the answers of INFO and of CONFIG GET *; nil if refused.
	Info, Config map[string]string
	// Scans says that keys can be listed, and so be audited and removed.
	Scans bool
	// Product is "redis" or "valkey"; Version is its own, and Redis that of Redis
	// which it is compatible with. Mode is standalone, cluster or sentinel, Role
	// master, replica or slave. All are empty if it does not say.
	Product, Version, Redis, Mode, Role string
}

// Survey asks the server, or the first of several. An imitation has nothing to say of a server.
func (b *Bench) Survey(ctx context.Context) (*Survey, error) {
	s := &Survey{Scans: true}
	if b.traits.InProcess {
		return s, nil
	}
	info, err := b.ask(ctx, "INFO", "default")
	if err != nil {
		return nil, err
	}
	config, err := b.ask(ctx, "CONFIG", "GET", "*")
	if err != nil {
		return nil, err
	}
	scan, err := b.ask(ctx, "SCAN", "0", "COUNT", "1")
	if err != nil {
		return nil, err
	}
	s.Scans = scan.Kind == drivers.Array
	if config.Kind == drivers.Array {
		s.Config = config.Pairs()
	}
	if info.Kind == drivers.Text {
		s.Info = provider.InfoFields(info.Text)
		s.fromInfo()
		return s, nil
	}
	return s, s.fromHello(ctx, b)
}

// ask sends a command that the server may refuse: then the reply is nil.
func (b *Bench) ask(ctx context.Context, cmd ...string) (drivers.Reply, error) {
	r, err := b.servers[0].Do(ctx, cmd...)
	if err != nil {
		return drivers.Reply{}, b.unlessRefused(err)
	}
	return r, nil
}

// fromInfo takes the identity from INFO. Valkey reports both versions.
func (s *Survey) fromInfo() {
	s.Mode, s.Role, s.Redis = provider.Mode(s.Info), s.Info["role"], s.Info["redis_version"]
	s.Product, s.Version = "redis", s.Redis
	if v := s.Info["valkey_version"]; v != "" {
		s.Product, s.Version = "valkey", v
	}
}

// fromHello takes the identity from HELLO, which few users are forbidden. Without
// arguments it changes nothing of the connection.
func (s *Survey) fromHello(ctx context.Context, b *Bench) error {
	hello, err := b.ask(ctx, "HELLO")
	if err != nil {
		return err
	}
	f := hello.Pairs()
	s.Product, s.Version, s.Mode, s.Role = f["server"], f["version"], f["mode"], f["role"]
	if s.Product == "redis" {
		s.Redis = s.Version
	}
	return nil
}

// unlessRefused returns err, or nil if a server that is not ours refused the command
// as such: because the user may not send it, or because it does not know it, as
// managed servers do not know CONFIG. Our own servers refuse nothing.
func (b *Bench) unlessRefused(err error) error {
	if b.traits.Shared && refused(err) {
		return nil
	}
	return err
}

// refused reports whether err is such an answer. EXECABORT is it in a transaction.
func refused(err error) bool {
	var reply *drivers.Error
	if !errors.As(err, &reply) {
		return false
	}
	text := reply.Error()
	return strings.HasPrefix(text, "NOPERM") || strings.HasPrefix(text, "EXECABORT") ||
		strings.HasPrefix(text, "ERR ") && !strings.Contains(text, "max number of clients")
}
