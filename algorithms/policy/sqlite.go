package policy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	driver "modernc.org/sqlite"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func sqlite() algorithms.Policy {
	return algorithms.Policy{
		Name: "fail-sql",
		About: "After an error requests are counted in an SQL database that all processes of the host share, until a cool-down is over: " +
			"a log of the last window, which no envelope of any algorithm is less than.",
		Wrap: func(limiter algorithms.Limiter, with algorithms.Means) (algorithms.Limiter, error) {
			second, err := newCharges(with)
			if err != nil {
				return nil, err
			}
			return newFallback(limiter, second, with), nil
		},
		Counts: true,
		Bound:  algorithms.Bound{Shared: 1},
	}
}

// charges is a limiter on a table: a request is admitted if what was admitted within the
// last window leaves room for it. The most within a window is the smaller of limit and
// burst, so that a window, a log and a bucket of that limit all let through as much in any
// interval, or more.
//
// Expired rows of all users go with every decision: they have one window.
type charges struct {
	db    *sql.DB
	limit int64
	w     time.Duration
	now   func() time.Time
}

const tables = `
CREATE TABLE IF NOT EXISTS charges (user BLOB NOT NULL, at_us INTEGER NOT NULL, cost INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS charges_by_user ON charges (user, at_us);
CREATE INDEX IF NOT EXISTS charges_by_time ON charges (at_us);`

func newCharges(with algorithms.Means) (*charges, error) {
	if with.Database == "" {
		return nil, errors.New("fail-sql: the path of its database is missing")
	}
	// Writers queue, in this process for its one connection and between processes for the
	// file. What was counted need not survive the machine: nothing waits for the disk.
	settings := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(1000)", "journal_mode(wal)", "synchronous(off)"}}
	source := url.URL{Scheme: "file", Path: with.Database, RawQuery: settings.Encode()}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return nil, fmt.Errorf("fail-sql: open database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := makeTables(db); err != nil {
		return nil, errors.Join(fmt.Errorf("fail-sql: make tables: %w", err), db.Close())
	}
	return &charges{db: db, limit: min(with.Limit.L, with.Limit.B), w: with.Limit.W, now: with.Now}, nil
}

// makeTables makes the tables, unless another process has. SQLite waits for others by itself,
// but not while one of them gives a new file its write-ahead log: it is asked again.
func makeTables(db *sql.DB) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		_, err := db.Exec(tables)
		var said *driver.Error
		if !errors.As(err, &said) || said.Code()&0xff != busy || ctx.Err() != nil {
			return err
		}
	}
}

// busy is SQLITE_BUSY, the low byte of all errors of that kind.
const busy = 5

// Allow implements algorithms.Limiter. An error leaves open whether the request was
// counted; it was not admitted.
func (c *charges) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if n > c.limit {
		return algorithms.Decision{Limit: c.limit, Remaining: algorithms.NotKnown, RetryAfter: algorithms.Never, ResetAfter: algorithms.NotKnown}, nil
	}
	d, err := c.decide(ctx, []byte(key), n)
	return d, drivers.WithClass(drivers.Unknown, err)
}

func (c *charges) decide(ctx context.Context, user []byte, n int64) (d algorithms.Decision, err error) {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return d, fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	at := algorithms.InstantOf(c.now())  // read inside: decisions are in the order of their instants
	if _, err := tx.ExecContext(ctx, "DELETE FROM charges WHERE at_us <= ?", at.Add(-c.w)); err != nil {
		return d, fmt.Errorf("drop what has expired: %w", err)
	}
	var held int64
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(SUM(cost), 0) FROM charges WHERE user = ?", user).Scan(&held); err != nil {
		return d, fmt.Errorf("sum charges: %w", err)
	}
	d = blind(held+n <= c.limit, c.limit, algorithms.ByLimiter)
	d.At, d.Remaining = at, max(0, c.limit-held)
	if !d.Allowed {
		return d, nil
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO charges (user, at_us, cost) VALUES (?, ?, ?)", user, at, n); err != nil {
		return algorithms.Decision{}, fmt.Errorf("charge: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return algorithms.Decision{}, fmt.Errorf("commit: %w", err)
	}
	d.Remaining -= n
	return d, nil
}

// Close closes the database.
func (c *charges) Close() error { return c.db.Close() }
