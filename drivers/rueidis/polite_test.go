package rueidis

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// told is a connection of which the first words of the server have arrived.
type told struct {
	net.Conn
	first io.Reader
}

func (c *told) Read(p []byte) (int, error) { return c.first.Read(p) }

// A server that is full writes its error before it is asked anything, and the operation
// that waits for the connection gives up at that moment: the program lives on.
func TestServerThatIsFull(t *testing.T) {
	addr := providertest.Redis(t)
	other, err := redigo.Driver{}.Open(t.Context(), drivers.Endpoints{Addrs: []string{addr}}, drivers.Options{PoolSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var full bool
	giveUp := func() {}
	refused := 0
	at := drivers.Endpoints{Addrs: []string{addr}, Dial: func(ctx context.Context, network, to string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, to)
		if err != nil || !full {
			return c, err
		}
		words := make([]byte, 512)
		n, err := c.Read(words)
		if err != nil {
			return nil, err
		}
		refused++
		giveUp()
		return &told{c, io.MultiReader(bytes.NewReader(words[:n]), c)}, nil
	}}
	conn, err := Driver{}.Open(t.Context(), at, drivers.Clients(1)[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	full = true
	for _, cmd := range [][]string{{"CONFIG", "SET", "maxclients", "1"}, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}} {
		if _, err := other.Do(t.Context(), cmd...); err != nil {
			t.Fatal(err)
		}
	}
	for limit := time.Now().Add(time.Minute); refused < 20 && time.Now().Before(limit); {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		giveUp = cancel
		if _, err := conn.Do(ctx, "PING"); err == nil {
			t.Error("a server that is full answers")
		}
		cancel()
	}
	if refused < 20 {
		t.Errorf("the server refused %d connections", refused)
	}
}
