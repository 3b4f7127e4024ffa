package remote

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
)

// Whatever is typed as a subject, a message about it is one line, and neither that nor
// what may be shown of the URL holds its password.
func FuzzParse(f *testing.F) {
	for _, raw := range []string{
		"http://host/check/{key}?cost={cost}", "https://u:secret@host:8443/v1?token=hidden&key={key}", "rls://host:8081/domain?descriptor=user",
		"throttle://user:p%40ss@[::1]:6379", "http://h/#x", "ftp://h", "", ":", "http://a:b%zz@h", "throttle://h\n", "rls://h",
	} {
		f.Add(raw, "")
	}
	f.Add("http://host", "X-Key")
	f.Fuzz(func(t *testing.T, raw, header string) {
		s, err := Parse(raw, header)
		shown := s.Public
		if err != nil {
			shown = err.Error()
		}
		if strings.ContainsAny(shown, "\r\n") {
			t.Errorf("%q is shown in several lines: %q", raw, shown)
		}
		u, _ := url.Parse(raw)
		if u == nil || u.User == nil {
			return
		}
		if p, _ := u.User.Password(); len(p) > 3 && strings.Count(raw, p) == 1 && strings.Contains(shown, p) && !strings.Contains(hidden, p) {
			t.Errorf("%q is shown with its password: %q", raw, shown)
		}
	})
}

// Whatever a service answers in its fields, a decision holds no time and no number
// that is none.
func FuzzFields(f *testing.F) {
	f.Add("3", `"default";r=50;t=30`, `"default";q=100;w=60`, "100, 100;w=60")
	f.Add("Fri, 31 Dec 1999 23:59:59 GMT", `r=1`, "", "-1")
	f.Add("99999999999999999999", `"a";r=9223372036854775807;t=9223372036854775807,"b";r`, ";;=,", " 7 ")
	f.Fuzz(func(t *testing.T, retry, limit, policy, old string) {
		h := http.Header{"Date": {"Fri, 31 Dec 1999 23:59:50 GMT"}, "Retry-After": {retry}, "Ratelimit": {limit}, "Ratelimit-Policy": {policy},
			"Ratelimit-Limit": {old}, "Ratelimit-Remaining": {old}, "Ratelimit-Reset": {old}}
		d := fieldsOf(h)
		if d.Limit < 0 || d.Remaining < algorithms.NotKnown || d.RetryAfter < algorithms.NotKnown || d.ResetAfter < algorithms.NotKnown {
			t.Errorf("fields %v make %+v", h, d)
		}
	})
}
