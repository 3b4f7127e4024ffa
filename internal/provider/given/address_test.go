package given

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/provider"
)

func TestParse(t *testing.T) {
	t.Setenv(PasswordVar, "")
	for text, want := range map[string]Address{
		"redis://h":                 {HostPort: "h:6379", public: "redis://h:6379"},
		"redis://h:7/":              {HostPort: "h:7", public: "redis://h:7"},
		"redis://:pw@h/3":           {HostPort: "h:6379", Password: "pw", DB: 3, public: "redis://h:6379/3"},
		"redis://u:p%40%2Fw@h:7/15": {HostPort: "h:7", Username: "u", Password: "p@/w", DB: 15, public: "redis://u@h:7/15"},
		"redis://[::1]:7":           {HostPort: "[::1]:7", public: "redis://[::1]:7"},
		"redis://[::1]/2":           {HostPort: "[::1]:6379", DB: 2, public: "redis://[::1]:6379/2"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestPasswordFromTheEnvironment(t *testing.T) {
	t.Setenv(PasswordVar, "env")
	for text, want := range map[string]string{"redis://h": "env", "redis://u@h": "env", "redis://u:own@h": "own"} {
		if got, err := Parse(text); err != nil || got.Password != want {
			t.Errorf("Parse(%q): password %q, %v; want %q", text, got.Password, err, want)
		}
	}
}

func TestTLSVerifiesAlways(t *testing.T) {
	a, err := Parse("rediss://:pw@h")
	if err != nil {
		t.Fatal(err)
	}
	if a.TLS == nil || a.TLS.InsecureSkipVerify || a.TLS.ServerName != "h" {
		t.Errorf("rediss: TLS is %+v", a.TLS)
	}
	if a, err = Parse("rediss://:pw@h?server_name=redis.test"); err != nil || a.TLS.ServerName != "redis.test" {
		t.Errorf("server_name: %+v, %v", a, err)
	}
	if !strings.HasSuffix(a.String(), "h:6379?server_name=redis.test") {
		t.Errorf("shown as %s, which does not repeat", a)
	}
}

// Whatever is wrong, the error says what to do and quotes no part of a password.
func TestMistakes(t *testing.T) {
	t.Setenv(PasswordVar, "")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for text, says := range map[string]string{
		"redis://:hunter2/x@h":               "%XX",
		"redis://u:12/hunter2@h":             "database number",
		"redis://:hunter2#@h":                "%XX",
		"redis://u:hunter2%zz@h":             "%XX",
		"redis://u:hunter2 x@h":              "%XX",
		"redis:u:hunter2@h":                  "redis://",
		"u:hunter2@h":                        "redis://",
		"http://u:hunter2@h":                 "redis://",
		"h:6379":                             "redis://",
		"redis://":                           "no host",
		"redis://:hunter2@":                  "no host",
		"redis://:hunter2@h/three":           "database number",
		"redis://:hunter2@h/-1":              "database number",
		"redis://:hunter2@h/1/2":             "database number",
		"redis://:hunter2@h#x":               "stray #",
		"redis://hunter2@h":                  PasswordVar,
		"redis://:hunter2@h?ca=x":            "rediss://",
		"rediss://:hunter2@h?insecure=1":     "server_name",
		"rediss://:hunter2@h?ca=":            "server_name",
		"rediss://:hunter2@h?ca=a&ca=b":      "server_name",
		"rediss://:hunter2@h?ca=/none":       "no such file",
		"rediss://:hunter2@h?ca=" + empty:    "no certificate",
		"rediss://:hunter2@h?cert=x":         "both cert and key",
		"rediss://:hunter2@h?cert=/n&key=/n": "no such file",
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
	f.Add("hunter2", "u", "h/3")
	f.Add("hu/nter?2#@", "", "h:1?ca=x")
	f.Fuzz(func(t *testing.T, password, user, rest string) {
		const mark = "hunter2"
		for _, p := range []string{mark + password, url.QueryEscape(mark + password)} {
			text := "redis://" + url.PathEscape(user) + ":" + p + "@" + rest
			if shown := Public(text); strings.Contains(shown, mark) && !strings.Contains(user+rest, mark) {
				t.Errorf("Public(%q) = %q", text, shown)
			}
		}
	})
}
