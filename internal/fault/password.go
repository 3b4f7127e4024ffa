package fault

import (
	"context"
	"crypto/rand"

	"github.com/rlbench/rlbench/drivers"
)

// Password gives the primary a password that no client knows, and closes their
// connections: those that are open stay as they are. It is taken back when healed.
type Password struct{}

// Name returns "password".
func (Password) Name() string { return "password" }

// About implements Fault.
func (Password) About() string {
	return "the primary asks for a password that no client has, and their connections are closed"
}

// Inject implements Fault.
func (f Password) Inject(ctx context.Context, to Target) (Injected, error) {
	secret := rand.Text()
	return configure(ctx, to, f.Name(), change{
		setting: "requirepass", from: "", to: secret,
		then: []drivers.Command{drivers.Cmd("AUTH", secret)}, // new rules may hold for this connection too
	})
}
