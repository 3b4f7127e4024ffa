package drivers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestSymptoms(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Symptom
	}{
		{nil, NoError},
		{fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), Refused},
		{errors.New("dial tcp 127.0.0.1:1: connect: connection refused"), Refused},
		{context.DeadlineExceeded, Timeout},
		{fmt.Errorf("read: %w", os.ErrDeadlineExceeded), Timeout},
		{errors.New("redis: connection pool timeout"), Timeout},
		{io.EOF, Reset},
		{WithClass(Unknown, &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}), Reset},
		{ErrClosed, Reset},
		{ReplyError("NOAUTH Authentication required.", true), AuthError},
		{errors.New("WRONGPASS invalid username-password pair or user is disabled."), AuthError},
		{errors.New("ERR max number of clients reached"), MaxClients},
		{errors.New("LOADING Redis is loading the dataset in memory"), Loading},
		{errors.New("READONLY You can't write against a read only replica."), NotServing},
		{errors.New("MOVED 1 127.0.0.1:7000"), NotServing},
		{ErrAborted, Conflict},
		{errors.New("OOM command not allowed when used memory > 'maxmemory'."), ErrorReply},
		{errors.New("a surprise"), OtherError},
		{errors.New(""), OtherError},
	} {
		if got := SymptomOf(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}

func TestSymptomsHaveWords(t *testing.T) {
	for s := NoError; s <= ErrorReply; s++ {
		if got, known := SymptomNamed(s.String()); !known || got != s {
			t.Errorf("symptom %d is called %q, which is %d, %t", s, s, got, known)
		}
	}
	if _, known := SymptomNamed("headache"); known {
		t.Error("a headache is none")
	}
}
