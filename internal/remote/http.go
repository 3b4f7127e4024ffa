package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// The placeholders of a URL.
const (
	keyMark  = "{key}"
	costMark = "{cost}"
)

func parseHTTP(raw string, u *url.URL, keyHeader string) (Subject, error) {
	byURL := strings.Contains(raw, keyMark)
	if byURL && keyHeader != "" {
		return Subject{}, errors.New("the key goes either by header or by {key} in the URL")
	}
	if !byURL {
		keyHeader = cmp.Or(keyHeader, DefaultKeyHeader)
	}
	weighs := strings.Contains(raw, costMark)
	isMark := func(value string) bool { return value == keyMark || value == costMark }
	return Subject{
		Protocol: "http", Host: u.Host, Public: public(u, isMark), Weighs: weighs,
		open: func(_ context.Context, at drivers.Endpoints, with drivers.Options, _ algorithms.Limit, _ Promise) (algorithms.Limiter, error) {
			return newHTTP(u, keyHeader, weighs, at, with), nil
		},
	}, nil
}

// httpLimiter asks by GET. 2xx is allowed, 429 denied; after anything else nobody
// knows what was charged.
type httpLimiter struct {
	client *http.Client
	url    *url.URL
	header string // empty if the key goes by the URL
	weighs bool
}

func newHTTP(u *url.URL, header string, weighs bool, at drivers.Endpoints, with drivers.Options) *httpLimiter {
	return &httpLimiter{url: u, header: header, weighs: weighs, client: &http.Client{
		// No proxy: it would be measured too. HTTP/1.1: one request per connection at
		// a time, so that the pool bounds them as it does for the clients of Redis. How
		// long an answer may take is the operation's deadline alone.
		Transport: &http.Transport{
			DialContext:         at.Dialer((&net.Dialer{}).DialContext, max(with.DialTimeout, 0)),
			MaxConnsPerHost:     max(with.PoolSize, 0),
			MaxIdleConnsPerHost: max(with.PoolSize, 1),
			DisableCompression:  true,
		},
		// What a redirection leads to is another request.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Allow sends one request and reads what the answer says about the limit.
func (l *httpLimiter) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if err := asked(n, l.weighs); err != nil {
		return algorithms.Decision{}, err
	}
	answer, err := l.client.Do(l.request(ctx, key, n))
	if err != nil {
		return algorithms.Decision{}, explainHTTP(err)
	}
	defer answer.Body.Close()
	// An unread body would close the connection.
	_, _ = io.CopyN(io.Discard, answer.Body, 1<<16)
	d := fieldsOf(answer.Header)
	switch code := answer.StatusCode; {
	case code >= 200 && code <= 299:
		d.Allowed, d.RetryAfter = true, 0
	case code != http.StatusTooManyRequests:
		return algorithms.Decision{}, fmt.Errorf("it answered %s: want 2xx or 429", spelled(code))
	}
	return d, nil
}

// spelled names a code; the text that the server gave it may be anything.
func spelled(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}

func (l *httpLimiter) request(ctx context.Context, key string, n int64) *http.Request {
	u := *l.url
	u.RawPath = substitute(u.EscapedPath(), "%7B", "%7D", url.PathEscape(key), n)
	u.Path, _ = url.PathUnescape(u.RawPath) // escaped by ourselves
	u.RawQuery = substitute(u.RawQuery, "{", "}", url.QueryEscape(key), n)
	r := (&http.Request{Method: http.MethodGet, URL: &u, Host: u.Host, Header: http.Header{}, Body: once{}}).WithContext(ctx)
	if l.header != "" {
		r.Header.Set(l.header, key)
	}
	return r
}

// substitute fills the placeholders, whose braces an escaped path spells otherwise.
func substitute(text, left, right, key string, n int64) string {
	for _, mark := range []string{keyMark, costMark} {
		value := key
		if mark == costMark {
			value = strconv.FormatInt(n, 10)
		}
		text = strings.ReplaceAll(text, left+mark[1:len(mark)-1]+right, value)
	}
	return text
}

// once is an empty body that cannot be sent again. Without it net/http repeats a GET
// by itself when a connection breaks, and one decision may be charged twice.
type once struct{}

func (once) Read([]byte) (int, error) { return 0, io.EOF }
func (once) Close() error             { return nil }

// Close closes the idle connections.
func (l *httpLimiter) Close() error {
	l.client.CloseIdleConnections()
	return nil
}

// explainHTTP leaves out the URL, which the client's errors quote, and keeps the
// class: only a connection that was never made proves that nothing was charged.
func explainHTTP(err error) error {
	var quoted *url.Error
	if errors.As(err, &quoted) {
		err = quoted.Err
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		err = errors.New("it does not speak TLS: want http:// for this port")
	}
	return err
}

// fieldsOf reads Retry-After and the fields of draft-ietf-httpapi-ratelimit-headers,
// the structured ones or those of its first form.
func fieldsOf(h http.Header) algorithms.Decision {
	d := algorithms.Decision{Remaining: algorithms.NotKnown, ResetAfter: algorithms.NotKnown, RetryAfter: retryAfter(h)}
	if limits := items(h, "RateLimit"); len(limits) > 0 {
		closest := limits[0]
		for _, l := range limits {
			if r := l.number("r"); r >= 0 && (closest.number("r") < 0 || r < closest.number("r")) {
				closest = l
			}
		}
		d.Remaining, d.ResetAfter = closest.number("r"), seconds(closest.number("t"))
		d.Limit = max(0, quota(items(h, "RateLimit-Policy"), closest.name))
		return d
	}
	d.Limit = max(0, first(h, "RateLimit-Limit"))
	d.Remaining, d.ResetAfter = first(h, "RateLimit-Remaining"), seconds(first(h, "RateLimit-Reset"))
	return d
}

// quota is q of the policy of that name, NotKnown if it is not the only one: then it
// is not known which of them the user means.
func quota(policies []item, name string) int64 {
	if len(policies) != 1 || policies[0].name != name {
		return algorithms.NotKnown
	}
	return policies[0].number("q")
}

// retryAfter reads seconds, or a date, which counts from the server's own Date.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if s := number(text); s >= 0 {
		return seconds(s)
	}
	at, err := http.ParseTime(text)
	now, errNow := http.ParseTime(h.Get("Date"))
	if err != nil || errNow != nil {
		return algorithms.NotKnown
	}
	return max(0, at.Sub(now))
}

// item is one member of a structured field that is a list: "name";r=50;t=30.
type item struct {
	name   string
	params map[string]string
}

func (it item) number(param string) int64 { return number(it.params[param]) }

// items reads a list. A comma or semicolon within a name would be read wrongly: names
// are those of policies, which have none.
func items(h http.Header, field string) (list []item) {
	for text := range strings.SplitSeq(strings.Join(h.Values(field), ","), ",") {
		parts := strings.Split(text, ";")
		it := item{strings.Trim(parts[0], ` "`), map[string]string{}}
		for _, p := range parts[1:] {
			key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
			it.params[key] = value
		}
		if it.name != "" {
			list = append(list, it)
		}
	}
	return list
}

// first reads the number that a field begins with: "100, 100;w=60".
func first(h http.Header, field string) int64 {
	text, _, _ := strings.Cut(h.Get(field), ",")
	return number(text)
}

// number reads digits; NotKnown if there is anything else.
func number(text string) int64 {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 62)
	if err != nil {
		return algorithms.NotKnown
	}
	return int64(n)
}

// seconds is NotKnown for what is not known, and Never for longer than can be told.
func seconds(n int64) time.Duration {
	switch {
	case n < 0:
		return algorithms.NotKnown
	case n > int64(algorithms.Never/time.Second):
		return algorithms.Never
	}
	return time.Duration(n) * time.Second
}
