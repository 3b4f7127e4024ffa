package patterns

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// A sliding session: a key that a login makes, that every use of it lets live for
// sessionLife from then on, and that a logout deletes.
const (
	session     = "session{1}"
	sessionLife = time.Second
	alice       = "alice"
)

// Answers of a reader.
const (
	valid   = "valid"
	invalid = "invalid"
)

// loggedIn is the keyspace after a login.
func loggedIn() []drivers.Command {
	return []drivers.Command{drivers.Cmd("SETEX", session, life(), alice)}
}

// life is sessionLife as SETEX, EXPIRE and EX want it.
func life() string { return algorithms.Text(int64(sessionLife / time.Second)) }

// logout deletes the session.
func logout(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	if _, err := conn.Do(ctx, "DEL", session); err != nil {
		return "", err
	}
	return "logged out", nil
}

// found is the answer of a reader who got a session, or none.
func found(r drivers.Reply) string {
	if r.IsNil() {
		return invalid
	}
	return valid
}

// lives promises what a sliding session is for.
const lives = "a reader who is told that the session is valid has renewed it: it lives for a second from then on"

// judgeLife judges programs whose roles are all readers: nobody logs out.
func judgeLife(e End) string {
	if _, alive := e.Keys[session]; alive {
		return ""
	}
	for _, r := range e.Results {
		if r.Done && r.Text == valid && e.Now < r.Ret.Add(sessionLife) {
			return "a reader was told that the session is valid, but it had expired before it was renewed, and the user is logged out"
		}
	}
	return ""
}

// stays promises what a logout is for.
const stays = "after a logout there is no session"

// judgeLogout judges programs whose second role is a logout.
func judgeLogout(e End) string {
	if _, alive := e.Keys[session]; alive && e.Results[1].Done && !e.Results[1].Err {
		return "the user has logged out, but the session is there again"
	}
	return ""
}
