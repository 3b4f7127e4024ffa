package given

import (
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

func TestParse(t *testing.T) {
	t.Setenv(PasswordVar, "")
	t.Setenv(SentinelPasswordVar, "spw")
	one := func(addr string) []string { return []string{addr} }
	for text, want := range map[string]Address{
		"redis://h":                 {At: drivers.Endpoints{Addrs: one("h:6379")}, public: "redis://h:6379"},
		"redis://h:7/":              {At: drivers.Endpoints{Addrs: one("h:7")}, public: "redis://h:7"},
		"redis://:pw@h/3":           {At: drivers.Endpoints{Addrs: one("h:6379"), Password: "pw", DB: 3}, public: "redis://h:6379/3"},
		"redis://u:p%40%2Fw@h:7/15": {At: drivers.Endpoints{Addrs: one("h:7"), Username: "u", Password: "p@/w", DB: 15}, public: "redis://u@h:7/15"},
		"redis://[::1]:7":           {At: drivers.Endpoints{Addrs: one("[::1]:7")}, public: "redis://[::1]:7"},
		"redis://[::1]/2":           {At: drivers.Endpoints{Addrs: one("[::1]:6379"), DB: 2}, public: "redis://[::1]:6379/2"},
		"redis-sentinel://h/main": {At: drivers.Endpoints{Mode: drivers.Sentinel, Addrs: one("h:26379"), Primary: "main",
			SentinelPassword: "spw"}, public: "redis-sentinel://h:26379/main"},
		"redis-sentinel://u:p,w@h,[::1],i:7/m.a-i_n/3?sentinel_user=s": {At: drivers.Endpoints{Mode: drivers.Sentinel,
			Addrs: []string{"h:26379", "[::1]:26379", "i:7"}, Primary: "m.a-i_n", Username: "u", Password: "p,w", DB: 3,
			SentinelUsername: "s", SentinelPassword: "spw"}, public: "redis-sentinel://u@h:26379,[::1]:26379,i:7/m.a-i_n/3?sentinel_user=s"},
		"redis-cluster://:pw@h:1,[::1]:2,i/": {At: drivers.Endpoints{Mode: drivers.Cluster,
			Addrs: []string{"h:1", "[::1]:2", "i:6379"}, Password: "pw"}, public: "redis-cluster://h:1,[::1]:2,i:6379"},
	} {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestPasswordFromTheEnvironment(t *testing.T) {
	t.Setenv(PasswordVar, "env")
	for text, want := range map[string]string{
		"redis://h": "env", "redis://u@h": "env", "redis://u:own@h": "own",
		"redis-cluster://u@h,i": "env", "redis-sentinel://h/m": "env", "redis-sentinel://u:own@h/m": "own",
	} {
		if got, err := Parse(text); err != nil || got.At.Password != want {
			t.Errorf("Parse(%q): password %q, %v; want %q", text, got.At.Password, err, want)
		}
	}
}

func TestTLSVerifiesAlways(t *testing.T) {
	for _, c := range []struct{ address, dialled, name string }{
		{"rediss://:pw@h", "h:6379", "h"},
		{"rediss://:pw@h?server_name=redis.test", "h:6379", "redis.test"},
		{"rediss-cluster://:pw@h,i", "10.0.0.1:7", "10.0.0.1"},
		{"rediss-cluster://:pw@h,i", "[::1]:7", "::1"},
		{"rediss-sentinel://:pw@h,i/main?server_name=redis.test", "10.0.0.1:7", "redis.test"},
	} {
		a, err := Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.configFor(c.dialled); got.InsecureSkipVerify || got.ServerName != c.name {
			t.Errorf("%s: TLS with %s is %+v, want the name %s", a, c.dialled, got, c.name)
		}
		again, err := Parse(strings.Replace(a.String(), "://", "://:pw@", 1))
		if err != nil || again.String() != a.String() {
			t.Errorf("shown as %s, which does not repeat: %s, %v", a, again, err)
		}
	}
}

// Whatever is wrong, the error says what to do and quotes no part of a password.
func TestMistakes(t *testing.T) {
	t.Setenv(PasswordVar, "")
	t.Setenv(SentinelPasswordVar, "")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for text, says := range map[string]string{
		"redis://:hunter2/x@h":            "%XX",
		"redis://u:12/hunter2@h":          "database number",
		"redis://:hunter2#@h":             "%XX",
		"redis://u:hunter2%zz@h":          "%XX",
		"redis://u:hunter2 x@h":           "%XX",
		"redis:u:hunter2@h":               "redis://",
		"u:hunter2@h":                     "redis://",
		"http://u:hunter2@h":              "redis://",
		"h:6379":                          "redis://",
		"redis://":                        "no host",
		"redis://:hunter2@":               "no host",
		"redis://:hunter2@h/three":        "database number",
		"redis://:hunter2@h/-1":           "database number",
		"redis://:hunter2@h/1/2":          "database number",
		"redis://:hunter2@h#x":            "stray #",
		"redis://hunter2@h":               PasswordVar,
		"redis://:hunter2@h?ca=x":         "rediss://",
		"rediss://:hunter2@h?insecure=1":  "server_name",
		"rediss://:hunter2@h?ca=":         "server_name",
		"rediss://:hunter2@h?ca=a&ca=b":   "server_name",
		"rediss://:hunter2@h?ca=/none":    "no such file",
		"rediss://:hunter2@h?ca=" + empty: "no certificate",
		"rediss://:hunter2@h?cert=x":      "both cert and key",

		"redis://:hunter2@h,i":                          "one host",
		"redis-cluster://:hunter2@h,":                   "no host",
		"redis-cluster://:hunter2@h/1":                  "no database but 0",
		"redis-cluster://:hunter2@h?ca=x":               "rediss://",
		"redis-cluster://:hunter2@h?sentinel_user=x":    "redis-sentinel://",
		"redis-cluster://u:1,hunter2/x@h":               "database number",
		"redis-sentinel://:hunter2@h":                   "name of a primary",
		"redis-sentinel://:hunter2@h/":                  "name of a primary",
		"redis-sentinel://:hunter2@h/na me":             "name of a primary",
		"redis-sentinel://:hunter2@h/main/x":            "database number",
		"redis-sentinel://u:1,hun/hunter2@h/main":       "name of a primary",
		"redis-sentinel://u:1/hunter2@h/main":           "name of a primary",
		"redis-sentinel://:hunter2@h/main?ca=x":         "rediss://",
		"redis-sentinel://:hunter2@h/m?sentinel_user=":  "sentinel_user",
		"redis-sentinel://:hunter2@h/m?sentinel_user=x": SentinelPasswordVar,
		"rediss-sentinel://:hunter2@h/m?cert=x":         "both cert and key",
		"rediss://:hunter2@h?cert=/n&key=/n":            "no such file",
	} {
		_, err := Parse(text)
		if !errors.Is(err, provider.ErrUsage) || !strings.Contains(err.Error(), says) {
			t.Errorf("Parse(%q): %v; want one that says %q", text, err, says)
			continue
		}
		for _, shown := range []string{err.Error(), Public(text)} {
			if strings.Contains(shown, "hunter2") {
				t.Errorf("%q shows the password of %q", shown, text)
			}
		}
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"--server=redis://u:p@ss/w?o#rd@h:7/3":        "--server=redis://***@h:7/3",
		`unknown command "REDISS://:p w@h" for "run"`: `unknown command "REDISS://***@h" for "run"`,
		"redis:u:pw@h":                "redis://***@h",
		"redis://h:7/3":               "redis://h:7/3",
		"a mail to redis@example.com": "a mail to redis@example.com",
		"rediss://:a\nb@h":            "rediss://***@h",
	} {
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
		}
	}
}

// A message about arguments shows none of their credentials, and is otherwise left alone.
func TestHide(t *testing.T) {
	args := []string{"run", "--subject", "http://u:hunter2@h/x", `throttle://u:hun"ter2@h`, "--key-header=X"}
	for text, want := range map[string]string{
		`unknown command "http://u:hunter2@h/x"`:      `unknown command "http:***@h/x"`,
		`unknown command "throttle://u:hun\"ter2@h"`:  `unknown command "throttle:***@h"`,
		"write redis://[user@]host, and mail me@home": "write redis://[user@]host, and mail me@home",
	} {
		if got := Hide(text, args); got != want {
			t.Errorf("Hide(%q) = %q, want %q", text, got, want)
		}
	}
}

// What is shown of an address, right or wrong, never holds its password.
func FuzzPublic(f *testing.F) {
	f.Add("redis", "hunter2", "u", "h/3")
	f.Add("rediss", "hu/nter?2#@", "", "h:1?ca=x")
	f.Add("redis-sentinel", ",h/m@", "u", "h,i:7/main/3?sentinel_user=x")
	f.Add("redis-cluster", "a,b/", "u", "[::1]:7,i/0")
	f.Fuzz(func(t *testing.T, scheme, password, user, rest string) {
		const mark = "hunter2"
		for _, p := range []string{mark + password, url.QueryEscape(mark + password)} {
			text := scheme + "://" + url.PathEscape(user) + ":" + p + "@" + rest
			if shown := Public(text); strings.Contains(shown, mark) && !strings.Contains(scheme+user+rest, mark) {
				t.Errorf("Public(%q) = %q", text, shown)
			}
		}
	})
}

// FuzzParse: what is shown of an address that was read is the same one without the
// password, and every server of it can be dialled.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"redis://h", "redis://u@[::1]:7/3", "redis-sentinel://h,i:7/main/3?sentinel_user=x", "redis-cluster://[::1],h:7,", "redis-cluster://,@,",
		"redis-cluster://h:1,i:2:3/", "redis-sentinel://a@b@c,d/%41", "redis://h:6379,", "://", "redis://[fe80::1%25en0]:1",
	} {
		f.Add(text)
	}
	f.Setenv(PasswordVar, "env")
	f.Setenv(SentinelPasswordVar, "env")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(a.String())
		if err != nil || again.String() != a.String() || !slices.Equal(again.At.Addrs, a.At.Addrs) || again.At.Primary != a.At.Primary {
			t.Errorf("Parse(%q) is shown as %s, which is %+v, %v", text, a, again.At, err)
		}
		for _, addr := range a.At.Addrs {
			if host, _, err := net.SplitHostPort(addr); err != nil || host == "" {
				t.Errorf("Parse(%q): %q cannot be dialled", text, addr)
			}
		}
	})
}
