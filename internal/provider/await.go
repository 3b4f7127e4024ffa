package provider

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// pollEvery is the pause between two PINGs of a server that does not answer yet.
	pollEvery = 5 * time.Millisecond
	// tripTimeout bounds one attempt: behind a proxy that accepts the connection
	// before the server listens, an answer would otherwise be awaited for ever.
	tripTimeout = time.Second
	// maxReply bounds the answer to INFO server, about 700 bytes in practice.
	maxReply = 1 << 20
)

// Server is what a running server says about itself in INFO.
type Server struct {
	Version string // "redis 7.0.15", "valkey 8.1.1"
	RunID   string // random per start of a process
	PID     int    // in the server's own process namespace
}

// Await returns when the server at addr answers PING: host:port, or the path of a
// socket from the root. Its identity lets a caller notice that another server has
// taken the address. The error is the cause of ctx's end, with what the last attempt
// met.
func Await(ctx context.Context, addr string) (Server, error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		s, err := Identify(ctx, addr)
		if err == nil {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return Server{}, fmt.Errorf("await server at %s: %w (last attempt: %v)", addr, context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}

// Identify asks the server at addr once, within a second, for PING and INFO.
func Identify(ctx context.Context, addr string) (Server, error) {
	ctx, cancel := context.WithTimeout(ctx, tripTimeout)
	defer cancel()
	network := "tcp"
	if filepath.IsAbs(addr) {
		network = "unix"
	}
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return Server{}, fmt.Errorf("dial server: %w", err)
	}
	defer c.Close()
	deadline, _ := ctx.Deadline()
	if err := c.SetDeadline(deadline); err != nil {
		return Server{}, fmt.Errorf("dial server: %w", err)
	}
	return identify(c)
}

func identify(c io.ReadWriter) (Server, error) {
	if _, err := io.WriteString(c, "PING\r\nINFO server\r\n"); err != nil {
		return Server{}, fmt.Errorf("write PING: %w", err)
	}
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	if err != nil {
		return Server{}, fmt.Errorf("read PONG: %w", err)
	}
	if line != "+PONG\r\n" {
		return Server{}, fmt.Errorf("read PONG: server answered %q", strings.TrimSpace(line))
	}
	fields, err := readInfo(r)
	if err != nil {
		return Server{}, err
	}
	return serverOf(fields)
}

// readInfo reads one bulk string of "name:value" lines.
func readInfo(r *bufio.Reader) (map[string]string, error) {
	head, err := r.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("read INFO: %w", err)
	}
	size, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(head, "$")))
	if err != nil || size < 0 || size > maxReply {
		return nil, fmt.Errorf("read INFO: server answered %q", strings.TrimSpace(head))
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("read INFO: %w", err)
	}
	return InfoFields(string(body)), nil
}

// InfoFields splits the text of INFO, or of CLUSTER INFO, into its fields.
func InfoFields(text string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// Mode is what the fields of INFO say that a server works as: standalone, sentinel,
// cluster. Valkey calls the field otherwise.
func Mode(fields map[string]string) string {
	return cmp.Or(fields["redis_mode"], fields["server_mode"])
}

// serverOf picks the identity. Valkey reports a redis_version too, the one it is
// compatible with, so its own field is looked up first.
func serverOf(fields map[string]string) (Server, error) {
	pid, err := strconv.Atoi(fields["process_id"])
	if err != nil {
		return Server{}, fmt.Errorf("parse INFO: process_id %q is not an integer", fields["process_id"])
	}
	s := Server{RunID: fields["run_id"], PID: pid}
	for _, product := range []string{"valkey", "redis"} {
		if v := fields[product+"_version"]; v != "" {
			s.Version = product + " " + v
			return s, nil
		}
	}
	return Server{}, fmt.Errorf("parse INFO: no version among %d fields", len(fields))
}
