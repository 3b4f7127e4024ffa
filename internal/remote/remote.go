// Package remote makes a limiter that runs as a service a technique like any other:
// behind HTTP, behind Envoy's rate limit service, or behind CL.THROTTLE. It is tried
// with the same scenarios, recorded and judged by the contract that its user states.
//
// It is a black box: it keeps its state where it likes and decides by a clock of its
// own. A URL may hold credentials, so only Subject.Public is for files and messages.
package remote

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// Promise is what the service's owner says about it: what it is judged by.
type Promise struct {
	Kind        algorithms.Kind
	Granularity time.Duration
	// ChargesDenied says that denied requests are charged too.
	ChargesDenied bool
}

// Subject is a service under test.
type Subject struct {
	// Protocol is the word for the client in cells: http, rls, throttle.
	Protocol string
	// Host is host:port, without credentials.
	Host string
	// Public is the URL without credentials.
	Public string
	// Weighs says that the cost of a request reaches the service.
	Weighs bool
	open   func(context.Context, drivers.Endpoints, drivers.Options, algorithms.Limit, Promise) (algorithms.Limiter, error)
}

// DefaultKeyHeader carries the user's key over HTTP.
const DefaultKeyHeader = "X-Api-Key"

// hidden stands for a secret.
const hidden = "***"

// Parse reads the URL of a subject. keyHeader is for HTTP only; empty means the
// default one, or none if the URL says {key}. An error never quotes the URL.
func Parse(raw, keyHeader string) (Subject, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The cause quotes parts of the URL, perhaps of its password.
		return Subject{}, errors.New("it is not a URL; a password needs its special characters in per cent encoding")
	}
	if strings.Contains(raw, hidden) {
		return Subject{}, errors.New("its credentials are hidden, and stored nowhere: give the URL with them")
	}
	if u.Hostname() == "" {
		return Subject{}, errors.New("it names no host: want http://…, https://…, rls://host:port/domain or throttle://host:port")
	}
	if u.Fragment != "" {
		return Subject{}, errors.New("what follows # is never sent: write it as %23")
	}
	if keyHeader != "" && u.Scheme != "http" && u.Scheme != "https" {
		return Subject{}, errors.New("a key goes by header only over http:// and https://")
	}
	switch u.Scheme {
	case "http", "https":
		return parseHTTP(raw, u, keyHeader)
	case "rls":
		return parseRLS(u)
	case "throttle":
		return parseThrottle(u)
	}
	return Subject{}, fmt.Errorf("its scheme is %q: want http, https, rls or throttle", u.Scheme)
}

// public drops who asks, and the values of a query that are no placeholders.
func public(u *url.URL, keep func(value string) bool) string {
	p := *u
	if p.User != nil {
		p.User = url.User(hidden)
	}
	var query []string
	for pair := range strings.SplitSeq(p.RawQuery, "&") {
		switch name, value, named := strings.Cut(pair, "="); {
		case pair == "" || keep(value) || !named && keep(name):
		case named:
			pair = name + "=" + hidden
		default:
			pair = hidden
		}
		query = append(query, pair)
	}
	p.RawQuery, p.Fragment, p.RawFragment = strings.Join(query, "&"), "", ""
	text := p.String()
	for _, escape := range [][2]string{{"%2A%2A%2A@", "***@"}, {"%7Bkey%7D", "{key}"}, {"%7Bcost%7D", "{cost}"}} {
		text = strings.ReplaceAll(text, escape[0], escape[1])
	}
	return text
}

// Algorithm is the service as an algorithm with one technique, named for its promise.
func (s Subject) Algorithm(p Promise) algorithms.Algorithm {
	return algorithms.Algorithm{
		Name:  string(p.Kind),
		Title: titles[p.Kind],
		Contract: func(l algorithms.Limit) algorithms.Contract {
			return algorithms.Contract{Kind: p.Kind, Limit: l, Granularity: p.Granularity, ChargesDenied: p.ChargesDenied}
		},
		Techniques: []algorithms.Technique{{
			Name:  "service",
			About: "A limiter that runs as a service, asked over " + s.Protocol + ".",
			Open: func(ctx context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
				return s.open(ctx, at, with, l, p)
			},
			Driver:   s.Protocol,
			Atomic:   true,
			Trips:    1,
			NoServer: true,
		}},
	}
}

var titles = map[algorithms.Kind]string{
	algorithms.Window: "Window", algorithms.AlignedWindow: "Aligned window", algorithms.Log: "Sliding log",
	algorithms.Bucket: "Bucket", algorithms.EnvelopeOnly: "Envelope",
}

// Kinds are the promises that a service can make.
func Kinds() []algorithms.Kind {
	return []algorithms.Kind{algorithms.Window, algorithms.AlignedWindow, algorithms.Log, algorithms.Bucket, algorithms.EnvelopeOnly}
}

// greeting bounds how many requests Greet sends, and how many at once.
const (
	mostGreetings   = 20_000
	greetingsAtOnce = 16
)

// Greet asks for a decision on one key more than the limit has room for. The first
// request of a new key must be admitted: if not, the service counts them all as one,
// and whatever it did later would be held against it wrongly.
func (s Subject) Greet(ctx context.Context, l algorithms.Limit, p Promise, deadline time.Duration) error {
	if err := s.greet(ctx, l, p, deadline); err != nil {
		return fmt.Errorf("subject %s: %w", s.Public, err)
	}
	return nil
}

func (s Subject) greet(ctx context.Context, l algorithms.Limit, p Promise, deadline time.Duration) error {
	opening, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	limiter, err := s.open(opening, drivers.Endpoints{}, drivers.Options{PoolSize: greetingsAtOnce, DialTimeout: deadline}, l, p)
	if err != nil {
		return err
	}
	defer closeLimiter(limiter)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	prefix, total := "greet."+rand.Text()[:10]+".", min(max(l.L, l.B)+1, mostGreetings)
	var sent atomic.Int64
	var all sync.WaitGroup
	for range greetingsAtOnce {
		all.Go(func() {
			for n := sent.Add(1); n <= total && ctx.Err() == nil; n = sent.Add(1) {
				if err := greetOnce(ctx, limiter, fmt.Sprint(prefix, n), l, deadline); err != nil {
					stop(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func greetOnce(ctx context.Context, limiter algorithms.Limiter, key string, l algorithms.Limit, deadline time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	d, err := limiter.Allow(ctx, key, 1)
	switch {
	case err != nil:
		return err
	case !d.Allowed:
		return errors.New("it denied the first request of a new key: it does not tell keys apart where they are sent, or admits nothing")
	case d.Limit > 0 && d.Limit != l.L && d.Limit != l.B:
		return fmt.Errorf("it says that its limit is %d, which is neither --limit %d nor --burst %d", d.Limit, l.L, l.B)
	}
	return nil
}

func closeLimiter(l algorithms.Limiter) {
	if c, ok := l.(interface{ Close() error }); ok {
		_ = c.Close()
	}
}

// asked refuses what must not be sent.
func asked(n int64, weighs bool) error {
	switch {
	case n < 1:
		return algorithms.ErrCost
	case n > 1 && !weighs:
		return drivers.WithClass(drivers.Failed, errors.New("the URL has no {cost} to send one above 1 by"))
	}
	return nil
}
