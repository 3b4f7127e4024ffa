package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// stream is a connection on which a server has already answered.
type stream struct {
	io.Reader
	io.Writer
}

func answered(s string) stream { return stream{strings.NewReader(s), new(bytes.Buffer)} }

func bulk(body string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(body), body) }

func TestIdentify(t *testing.T) {
	redis := "# Server\r\nredis_version:7.0.15\r\nprocess_id:42\r\nrun_id:abc\r\n"
	valkey := "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\nprocess_id:1\r\nrun_id:def\r\n"
	for _, c := range []struct {
		name, answer string
		want         Server
		fails        string
	}{
		{"redis", "+PONG\r\n" + bulk(redis), Server{"redis 7.0.15", "abc", 42}, ""},
		{"valkey", "+PONG\r\n" + bulk(valkey), Server{"valkey 8.1.1", "def", 1}, ""},
		{"loading", "-LOADING Redis is loading the dataset in memory\r\n", Server{}, "LOADING"},
		{"closed by a proxy", "", Server{}, "EOF"},
		{"INFO refused", "+PONG\r\n-NOAUTH Authentication required.\r\n", Server{}, "NOAUTH"},
		{"INFO cut short", "+PONG\r\n$100\r\nredis_version:7.0.15\r\n", Server{}, "EOF"},
		{"absurd length", "+PONG\r\n$99999999999\r\n", Server{}, "99999999999"},
		{"not a server of ours", "+PONG\r\n" + bulk("process_id:1\r\n"), Server{}, "no version"},
		{"no process", "+PONG\r\n" + bulk("redis_version:7.0.15\r\n"), Server{}, "process_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := identify(answered(c.answer))
			if got != c.want {
				t.Errorf("identify = %+v, want %+v", got, c.want)
			}
			if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("identify: error %v, want one about %q", err, c.fails)
			}
		})
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("+PONG\r\n$20\r\nredis_version:1\r\n\r\n\r\n")
	f.Add("+PONG\r\n$-1\r\n")
	f.Fuzz(func(t *testing.T, answer string) {
		if s, err := identify(answered(answer)); err == nil && s.Version == "" {
			t.Errorf("identify(%q) = %+v without an error", answer, s)
		}
	})
}

// The cause of the end says why a server never answered, so it must come through.
func TestAwaitReturnsTheCause(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close() // nobody listens there any more
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("server exited")
	cancel(cause)
	if _, err := Await(ctx, addr); !errors.Is(err, cause) {
		t.Errorf("Await: %v, want the cause %v", err, cause)
	}
}

func TestModeOfRedisAndOfValkey(t *testing.T) {
	for _, text := range []string{"redis_mode:sentinel\r\n", "server_name:valkey\r\nserver_mode:sentinel\r\n"} {
		if got := Mode(InfoFields(text)); got != "sentinel" {
			t.Errorf("mode of %q is %q", text, got)
		}
	}
}
