package algorithms

import (
	"context"
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/drivers"
)

// Transact decides optimistically: WATCH key, then the reads in one trip, then
// what decide makes of the replies in MULTI..EXEC; all of it again whenever EXEC
// finds that the key changed, until ctx ends: ErrConflict. It returns the replies
// of the EXEC.
//
// A denial must be confirmed too, by an EXEC that only reads: the reads are not
// atomic, and an EXEC that is not aborted is what proves that they saw one state.
// Redis aborts it also if the key expired since WATCH, so a clock that is among
// the reads is never behind the state.
//
// An error before the EXEC was sent is classed Failed, whatever the command: no
// writing step can have run, and every attempt before it ended in a nil EXEC. Where time
// is up while the EXEC of another attempt is under way, the error is ErrConflict too, of
// the class of that EXEC's.
func Transact(ctx context.Context, conn drivers.Conn, key string, reads []drivers.Command,
	decide func([]drivers.Reply) ([]drivers.Command, error)) ([]drivers.Reply, error) {
	for conflict := false; ; conflict = true {
		replies, sent, err := attempt(ctx, conn, key, reads, decide)
		ended := ctx.Err() != nil || drivers.SymptomOf(err) == drivers.Timeout // a client may notice before the context does
		switch {
		case err == nil:
			return replies, nil
		case errors.Is(err, drivers.ErrAborted) && !ended:
			continue
		case errors.Is(err, drivers.ErrAborted), conflict && ended && !sent:
			return nil, ErrConflict
		case conflict && ended:
			return nil, drivers.WithClass(drivers.ClassOf(err), fmt.Errorf("%w; the last was not answered: %w", ErrConflict, err))
		case sent:
			return nil, err
		}
		return nil, drivers.WithClass(drivers.Failed, err)
	}
}

// attempt is one optimistic transaction; sent says that its EXEC was sent.
func attempt(ctx context.Context, conn drivers.Conn, key string, reads []drivers.Command,
	decide func([]drivers.Reply) ([]drivers.Command, error)) (replies []drivers.Reply, sent bool, err error) {
	err = conn.Watch(ctx, []string{key}, func(tx drivers.Tx) error {
		state, err := tx.Read(ctx, reads...)
		if err != nil {
			return err
		}
		cmds, err := decide(state)
		if err != nil {
			return err
		}
		sent = true
		replies, err = tx.Exec(ctx, cmds...)
		return err
	})
	return replies, sent, err
}
