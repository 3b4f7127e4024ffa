package given

import (
	"context"
	"crypto/x509"
	"errors"
	"regexp"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoints are those of the server at an address.
func endpoints(t *testing.T, text string) drivers.Endpoints {
	t.Helper()
	p, err := New(text)
	if err != nil {
		t.Fatal(err)
	}
	n, err := p.Start(t.Context(), provider.Spec{Name: "redis-1"})
	if err != nil {
		t.Fatal(err)
	}
	return n.(provider.Guarded).Endpoints()
}

// echo sets and reads a key behind each client.
func echo(ctx context.Context, d drivers.Driver, at drivers.Endpoints) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	options := drivers.Clients(2)[0]
	options.DialTimeout = 20 * time.Second
	conn, err := d.Open(ctx, at, options)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Do(ctx, "SET", "k", "1", "PX", "1000")
	return err
}

func TestTLS(t *testing.T) {
	open, strict := providertest.TLS(t, "no"), providertest.TLS(t, "yes")
	stranger := providertest.TLS(t, "no")
	for _, c := range []struct{ name, address, fails string }{
		{"own authority", "rediss://" + open.Addr + "?ca=" + open.CA, ""},
		{"another name", "rediss://" + open.Addr + "?ca=" + open.CA + "&server_name=redis.test", ""},
		{"client's certificate", "rediss://" + strict.Addr + "?ca=" + strict.CA + "&cert=" + strict.Cert + "&key=" + strict.Key, ""},
		{"without the client's certificate", "rediss://" + strict.Addr + "?ca=" + strict.CA, "certificate required|reset by peer|broken pipe"},
		{"authority of the system", "rediss://" + open.Addr, "unknown authority"},
		{"another authority", "rediss://" + open.Addr + "?ca=" + stranger.CA, "unknown authority"},
		{"wrong name", "rediss://" + open.Addr + "?ca=" + open.CA + "&server_name=other.test", "not other.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := endpoints(t, c.address)
			for _, d := range driverlist.Drivers() {
				err := echo(t.Context(), d, at)
				if (err != nil) != (c.fails != "") || err != nil && !regexp.MustCompile(c.fails).MatchString(err.Error()) {
					t.Errorf("%s: error %v, want %q", d.Name(), err, c.fails)
				}
			}
		})
	}
}

// A caller can tell a refused certificate from a server that is not there.
func TestHandshakeErrorsAreMarked(t *testing.T) {
	s := providertest.TLS(t, "no")
	a := mustParse(t, "rediss://"+s.Addr)
	_, err := a.dial(t.Context(), "tcp", s.Addr)
	var authority x509.UnknownAuthorityError
	if !errors.Is(err, ErrHandshake) || !errors.As(err, &authority) {
		t.Errorf("error %v, want a handshake that met an unknown authority", err)
	}
	if _, err := a.dial(t.Context(), "tcp", "127.0.0.1:1"); errors.Is(err, ErrHandshake) {
		t.Errorf("nobody listens, and the error is %v", err)
	}
}

func mustParse(t *testing.T, text string) Address {
	t.Helper()
	a, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAServerOfSomebodyElseIsNotConfigured(t *testing.T) {
	p, err := New("redis://h")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(t.Context(), provider.Spec{Name: "redis-1", Args: []string{"--save", ""}}); err == nil {
		t.Error("arguments were accepted")
	}
}
