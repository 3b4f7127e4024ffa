package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ErrAddress says that an address is not one to listen on: the user's mistake.
var ErrAddress = errors.New("no address to serve metrics on")

// home is where metrics are served if no host is named: on this machine alone.
const home = "127.0.0.1"

// Resolve completes an address of the form [host]:port. Without a host it is reached
// from this machine alone. Errors are ErrAddress.
func Resolve(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("%w: %q is not of the form [host]:port, such as :9464", ErrAddress, address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || port != strconv.FormatUint(n, 10) {
		return "", fmt.Errorf("%w: the port of %q must be a number from 0 (any that is free) to 65535", ErrAddress, address)
	}
	return net.JoinHostPort(cmp.Or(host, home), port), nil
}

// Listener is an address that metrics will be served on.
type Listener struct{ net.Listener }

// Listen takes an address as Resolve returns it, so that nobody else can. Connections
// wait until Serve.
func Listen(ctx context.Context, address string) (*Listener, error) {
	if l, err := carried(); l != nil || err != nil {
		return l, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	var lookup *net.DNSError
	switch {
	case err == nil:
		return &Listener{l}, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("serve metrics: %s is in use by another program: choose another port, or 0 for any that is free", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("serve metrics: %s is not for this user: choose a port from 1024", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL) || errors.As(err, &lookup):
		return nil, fmt.Errorf("%w: this machine has no address %s", ErrAddress, address)
	}
	return nil, fmt.Errorf("serve metrics: %w", err)
}

// Open says that other machines may reach it.
func (l *Listener) Open() bool {
	at, err := netip.ParseAddrPort(l.Addr().String())
	return err != nil || !at.Addr().Unmap().IsLoopback()
}

// URL is where the metrics are.
func (l *Listener) URL() string { return "http://" + l.Addr().String() + path }

const path = "/metrics"

// Server serves a view until it is closed.
type Server struct {
	http  http.Server
	ended chan error
}

// Serve begins to serve. Closing the server closes the listener.
func Serve(l *Listener, v *View) *Server {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(v)
	mux := http.NewServeMux()
	mux.Handle("GET "+path, promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page)
	})
	s := &Server{ended: make(chan error, 1), http: http.Server{
		Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}}
	go func() { s.ended <- s.http.Serve(l) }()
	return s
}

const page = `<!DOCTYPE html><html lang="en"><title>rlbench</title><h1>rlbench is running</h1><p><a href="` + path + `">Metrics</a> for Prometheus.</p></html>
`

// closeWithin is how long a scrape that is under way may go on.
const closeWithin = time.Second

// Close ends the server.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	<-s.ended
}

// variable names the descriptor of a listener in the environment of the program that
// takes the place of this one.
const variable = "RLBENCH_METRICS_LISTENER"

// Carry has the listener outlive the replacement of this process (execve): one that
// moves to a network of its own could not be reached there. If nothing was replaced
// after all, stay undoes it.
func (l *Listener) Carry() (stay func(), err error) {
	raw, err := l.Listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("carry the listener of metrics: %w", err)
	}
	fd := -1
	controlled := raw.Control(func(open uintptr) { fd, err = syscall.Dup(int(open)) }) // execve closes no duplicate
	if err := cmp.Or(controlled, err); err != nil {
		return nil, fmt.Errorf("carry the listener of metrics: %w", err)
	}
	return func() { _ = errors.Join(os.Unsetenv(variable), syscall.Close(fd)) }, os.Setenv(variable, strconv.Itoa(fd))
}

// carried is the listener of the process that this one has replaced; nil without one.
func carried() (*Listener, error) {
	text, ok := os.LookupEnv(variable)
	if !ok {
		return nil, nil
	}
	_ = os.Unsetenv(variable) // child processes have none
	fd, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: unset the variable %s", variable)
	}
	file := os.NewFile(uintptr(fd), variable)
	defer file.Close()
	l, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: unset the variable %s: %w", variable, err)
	}
	return &Listener{l}, nil
}
