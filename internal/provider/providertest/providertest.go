// Package providertest starts a real redis-server for a test.
package providertest

import (
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// Redis starts a redis-server process of its own on a free loopback port and
// returns its address. The server is killed when the test ends.
func Redis(t testing.TB) string {
	t.Helper()
	port := freePort(t)
	cmd := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", t.TempDir(), "--enable-debug-command", "local")
	if err := cmd.Start(); err != nil {
		t.Fatalf("start redis-server: %v (install the Debian package redis-server)", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	awaitPing(t, addr)
	return addr
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func awaitPing(t testing.TB, addr string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if ping(addr) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("redis-server at %s does not answer a PING", addr)
}

func ping(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	var b [7]byte
	n, err := c.Read(b[:])
	return err == nil && string(b[:n]) == "+PONG\r\n"
}
