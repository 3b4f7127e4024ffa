package drivers

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
)

// Symptom says in one word what an error was, as a user would tell a colleague: what to look
// for in the client's log. What it proves about the command is its Class.
type Symptom uint8

// The symptoms.
const (
	NoError    Symptom = iota
	OtherError         // none of the others
	Timeout            // no answer in time, nor a connection, nor a free one of the pool
	Refused            // nobody listens there
	Reset              // the connection was closed or reset by the other side
	AuthError          // the password is missing, or wrong
	MaxClients         // the server takes no more connections
	Loading            // the server reads its data
	NotServing         // the server serves no writes to the key: a replica, a part of a Cluster
	Conflict           // a transaction was aborted again and again
	ErrorReply         // any other error reply of a server
)

var symptoms = []string{"", "other", "timeout", "refused", "reset", "auth", "max clients", "loading", "not serving", "conflict", "error reply"}

// String is the word used in histories; empty without an error.
func (s Symptom) String() string {
	if int(s) < len(symptoms) {
		return symptoms[s]
	}
	return symptoms[OtherError]
}

// SymptomNamed is the one of that word.
func SymptomNamed(word string) (Symptom, bool) {
	for s, w := range symptoms {
		if w == word {
			return Symptom(s), true
		}
	}
	return NoError, false
}

// marks are what the texts of errors hold, by symptom, in the order in which they are looked
// for: clients wrap the reply of a server, and not all of them keep the cause of what
// went wrong on the way.
var marks = []struct {
	symptom Symptom
	texts   []string
}{
	{AuthError, []string{"NOAUTH", "WRONGPASS", "NOPERM"}},
	{MaxClients, []string{"max number of clients reached"}},
	{Loading, []string{"LOADING"}},
	{NotServing, []string{"READONLY", "NOREPLICAS", "CLUSTERDOWN", "MASTERDOWN", "MOVED", "TRYAGAIN"}},
	{Conflict, []string{"transaction aborted"}},
	{Timeout, []string{"timeout", "deadline exceeded"}},
	{Refused, []string{"connection refused"}},
	{Reset, []string{"EOF", "connection reset", "broken pipe", "closed"}},
}

// SymptomOf names an error; NoError for nil.
func SymptomOf(err error) Symptom {
	var trip net.Error
	switch {
	case err == nil:
		return NoError
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.As(err, &trip) && trip.Timeout():
		return Timeout
	}
	return symptomOfText(err.Error())
}

func symptomOfText(text string) Symptom {
	for _, m := range marks {
		for _, part := range m.texts {
			if strings.Contains(text, part) {
				return m.symptom
			}
		}
	}
	if prefix, _, _ := strings.Cut(text, " "); prefix != "" && prefix == strings.ToUpper(prefix) {
		return ErrorReply
	}
	return OtherError
}
