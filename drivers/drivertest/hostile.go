package drivertest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// Fuzz answers every command of a client, once it has connected, with a reply of the
// fuzzer's choice, cut off anywhere. Each operation must return, with as many replies as
// it sent commands or with an error that has a class.
//
// Replies are well-formed up to the cut. What a client does with bytes that are no
// RESP at all is its own affair: some panic on a goroutine of theirs.
func Fuzz(f *testing.F, driver drivers.Driver) {
	for _, shape := range []string{"i", "n", "e", "s", "ai", "aii", "aaai", "aesn", "*", "a", "\x00\xff"} {
		f.Add(shape, uint16(1000))
		f.Add(shape, uint16(3))
	}
	var answer atomic.Value
	answer.Store("+OK\r\n")
	addr := actor(f, &answer)
	with := drivers.Clients(poolSize)[0]
	// A busy machine must not end a connection: operations have deadlines of their own.
	with.DialTimeout, with.ReadTimeout, with.WriteTimeout = time.Minute, time.Minute, time.Minute
	f.Fuzz(func(t *testing.T, shape string, cut uint16) {
		conn, err := driver.Open(within(t), drivers.Endpoints{Addrs: []string{addr}}, with)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		reply, _ := resp(shape, 0)
		answer.Store(reply[:min(int(cut), len(reply))])
		for _, op := range append(operations(), counted...) {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			err := op.run(ctx, conn)
			cancel()
			if e := new(drivers.Error); errors.Is(err, errCount) || err != nil && !errors.As(err, &e) {
				t.Errorf("%s after %q: %v", op.name, answer.Load(), err)
			}
		}
	})
}

// counted are operations of two commands, which are owed two replies.
var counted = []operation{
	{"multi of two", func(ctx context.Context, conn drivers.Conn) error {
		return count(conn.Multi(ctx, drivers.Cmd("INCR", marker), drivers.Cmd("INCR", marker)))
	}},
	{"exec of two", func(ctx context.Context, conn drivers.Conn) error {
		return conn.Watch(ctx, []string{marker}, func(tx drivers.Tx) error {
			return count(tx.Exec(ctx, drivers.Cmd("INCR", marker), drivers.Cmd("INCR", marker)))
		})
	}},
	{"read of two", func(ctx context.Context, conn drivers.Conn) error {
		return conn.Watch(ctx, []string{marker}, func(tx drivers.Tx) error {
			return count(tx.Read(ctx, drivers.Cmd("GET", marker), drivers.Cmd("GET", marker)))
		})
	}},
}

var errCount = errors.New("no error, and another number of replies than commands")

func count(replies []drivers.Reply, err error) error {
	if err == nil && len(replies) != 2 {
		return errCount
	}
	return err
}

// resp writes the reply whose shape the first bytes say, and returns the rest.
func resp(shape string, depth int) (reply, rest string) {
	if shape == "" {
		return "+OK\r\n", ""
	}
	kind, rest := shape[0], shape[1:]
	switch kind % 8 {
	case 0:
		return fmt.Sprintf(":%d\r\n", int64(kind)<<55), rest
	case 1:
		if depth > 8 {
			return "*0\r\n", rest
		}
		var items strings.Builder
		n := min(len(rest), 3)
		for range n {
			var item string
			item, rest = resp(rest, depth+1)
			items.WriteString(item)
		}
		return fmt.Sprintf("*%d\r\n%s", n, &items), rest
	case 2:
		return "$-1\r\n", rest
	case 3:
		return "*-1\r\n", rest
	case 4:
		return "-" + strings.Map(printable, rest) + "\r\n", ""
	case 5:
		return fmt.Sprintf("$%d\r\n%s\r\n", len(rest), rest), ""
	}
	return "+QUEUED\r\n", rest
}

func printable(r rune) rune {
	if r < ' ' {
		return -1
	}
	return r
}

// actor is a server that shakes hands as Redis 5 does, and answers every other command
// as it is told.
func actor(f *testing.F, answer *atomic.Value) string {
	l := listen(f)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go act(c, answer)
		}
	}()
	return l.Addr().String()
}

func act(c net.Conn, answer *atomic.Value) {
	defer c.Close()
	for in := bufio.NewReader(c); ; {
		name, err := readCommand(in)
		if err != nil {
			return
		}
		reply := answer.Load().(string)
		switch strings.ToUpper(name) {
		case "HELLO":
			reply = "-ERR unknown command 'HELLO'\r\n"
		case "PING":
			reply = "+PONG\r\n"
		case "CLIENT", "WATCH", "UNWATCH", "MULTI":
			reply = "+OK\r\n"
		}
		if _, err := c.Write([]byte(reply)); err != nil || !strings.HasSuffix(reply, "\r\n") {
			return // cut off
		}
	}
}

// readCommand returns the name of a command.
func readCommand(in *bufio.Reader) (name string, err error) {
	var parts, size int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &parts); err != nil {
		return "", err
	}
	for i := range parts {
		if _, err := fmt.Fscanf(in, "$%d\r\n", &size); err != nil {
			return "", err
		}
		part := make([]byte, size+2)
		for n := 0; n < len(part); n++ {
			if part[n], err = in.ReadByte(); err != nil {
				return "", err
			}
		}
		if i == 0 {
			name = string(part[:size])
		}
	}
	return name, nil
}
