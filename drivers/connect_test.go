package drivers_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

// What no client could work with is refused before anything is dialled.
func TestConnectRefusesEndpoints(t *testing.T) {
	one := []string{"a:1"}
	for want, at := range map[string]drivers.Endpoints{
		"open x: a standalone server has one address, got 0":   {},
		"open x: a standalone server has one address, got 2":   {Addrs: []string{"a:1", "b:1"}},
		"open x: sentinel needs one address or more, got none": {Mode: drivers.Sentinel, Primary: "p"},
		"open x: sentinel needs the name of the primary":       {Mode: drivers.Sentinel, Addrs: one},
		"open x: cluster needs one address or more, got none":  {Mode: drivers.Cluster},
		"open x: a cluster has no database but 0, got 1":       {Mode: drivers.Cluster, Addrs: one, DB: 1},
		`open x: there is no mode "ring"`:                      {Mode: "ring", Addrs: one},
	} {
		_, err := drivers.Connect(t.Context(), "x", at, func() (drivers.Conn, error) { panic("dialled") })
		if err == nil || err.Error() != want {
			t.Errorf("%+v: got error %v, want %q", at, err, want)
		}
	}
}

// Several servers that were tried make one sentence, and none gives the password away.
func TestConnectErrorIsOneSentence(t *testing.T) {
	at := drivers.Endpoints{Mode: drivers.Cluster, Addrs: []string{"a:1", "b:1"}, Password: "hunter2"}
	_, err := drivers.Connect(t.Context(), "x", at, func() (drivers.Conn, error) {
		return nil, errors.Join(errors.New("a: no such user hunter2"), context.Canceled)
	})
	if want := "open x: a:1, b:1: a: no such user ***; context canceled"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %q", err, want)
	}
}
