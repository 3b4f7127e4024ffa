package given

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/provider"
)

// Form is how an address is written.
const Form = "redis://[user@]host[:port][/db], rediss:// for TLS"

// PasswordVar is the environment variable that holds the password where the address
// has none, so that it need not stand on a command line. redis-cli reads it too.
const PasswordVar = "REDISCLI_AUTH"

// Options of rediss://: files in PEM form, and the name in the server's certificate
// where it is not the host. There is none that leaves the certificate unverified.
const (
	optionCA         = "ca"
	optionCert       = "cert"
	optionKey        = "key"
	optionServerName = "server_name"
)

var options = []string{optionCA, optionCert, optionKey, optionServerName}

// Address is where a server is and what it takes to be let in.
type Address struct {
	HostPort           string
	Username, Password string
	DB                 int
	TLS                *tls.Config // nil for none
	public             string
}

// String is the address as it may be shown: without the password.
func (a Address) String() string { return a.public }

// IsAddress reports whether a value of --server is meant as an address: no name of a
// provider holds these characters.
func IsAddress(text string) bool { return strings.ContainsAny(text, ":/@") }

// Public is a value of --server as it may be shown.
func Public(text string) string {
	if !IsAddress(text) {
		return text
	}
	a, err := Parse(text)
	if err != nil {
		return "an address that cannot be read"
	}
	return a.String()
}

var credentials = regexp.MustCompile(`(?is)^(.*?\b[a-z][a-z0-9+.-]*:)(.*)@`)

// Redact blanks the credentials of a URL in one argument of a command line, whatever
// its scheme. It knows no more grammar, because what is mistyped is a secret too:
// everything between the scheme and the last @ goes.
func Redact(arg string) string { return credentials.ReplaceAllString(arg, "$1//***@") }

// Hide blanks in a text what Redact blanks in the arguments, also where an argument is
// quoted.
func Hide(text string, args []string) string {
	for _, arg := range args {
		if m := credentials.FindStringSubmatch(arg); m != nil && m[2] != "" {
			quoted := strconv.Quote(m[2])
			text = strings.NewReplacer(m[2]+"@", "***@", quoted[1:len(quoted)-1]+"@", "***@").Replace(text)
		}
	}
	return text
}

// Parse reads an address. The error is ErrUsage and quotes nothing of the address,
// any part of which may be a mistyped password.
func Parse(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Scheme != "redis" && u.Scheme != "rediss" {
		return Address{}, usage("the address cannot be read", "write "+Form+", and special characters of user and password as %XX")
	}
	if u.Hostname() == "" || u.Fragment != "" {
		return Address{}, usage("the address has no host or a stray #", "write "+Form+", and special characters of user and password as %XX")
	}
	a := Address{HostPort: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "6379")), Username: u.User.Username()}
	if a.DB, err = database(u.Path); err != nil {
		return Address{}, err
	}
	if a.Password, err = password(u.User); err != nil {
		return Address{}, err
	}
	if a.TLS, err = secure(u); err != nil {
		return Address{}, err
	}
	a.public = public(u, a)
	return a, nil
}

func usage(what, do string) error {
	return &provider.Missing{Kind: provider.ErrUsage, What: "--server: " + what, Do: do}
}

// database reads the path: none, or a slash and a number.
func database(path string) (int, error) {
	number := strings.TrimPrefix(path, "/")
	if number == "" {
		return 0, nil
	}
	db, err := strconv.Atoi(number)
	if err != nil || db < 0 {
		return 0, usage("what follows the host is no database number", "write "+Form)
	}
	return db, nil
}

// password takes the one in the address, else the one in the environment. Without
// any, a client would not log in at all and run as the default user.
func password(user *url.Userinfo) (string, error) {
	in, _ := user.Password()
	p := cmp.Or(in, os.Getenv(PasswordVar))
	if p == "" && user.Username() != "" {
		return "", usage("the address names a user, but there is no password", "set "+PasswordVar)
	}
	return p, nil
}

// secure reads the options of TLS; nil without TLS.
func secure(u *url.URL) (*tls.Config, error) {
	given, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Scheme == "redis" && len(given) > 0 {
		return nil, usage("only rediss:// takes options", "use "+strings.Join(options, ", ")+" with rediss://")
	}
	for name, values := range given {
		if !slices.Contains(options, name) || len(values) != 1 || values[0] == "" {
			return nil, usage("an option is unknown, empty or there twice", "use "+strings.Join(options, ", "))
		}
	}
	if u.Scheme == "redis" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: cmp.Or(given.Get(optionServerName), u.Hostname())}
	if file := given.Get(optionCA); file != "" {
		if c.RootCAs, err = authorities(file); err != nil {
			return nil, err
		}
	}
	return c, identify(c, given.Get(optionCert), given.Get(optionKey))
}

func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("read "+optionCA+": "+err.Error(), "name a file of certificates in PEM form")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usage(optionCA+": there is no certificate in "+file, "name a file of certificates in PEM form")
	}
	return pool, nil
}

// identify adds the client's own certificate, where there is one.
func identify(c *tls.Config, cert, key string) error {
	if cert == "" && key == "" {
		return nil
	}
	if cert == "" || key == "" {
		return usage("a client's certificate needs both "+optionCert+" and "+optionKey, "give both or neither")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return usage("read "+optionCert+" and "+optionKey+": "+err.Error(), "name two files in PEM form that belong together")
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

func public(u *url.URL, a Address) string {
	shown := url.URL{Scheme: u.Scheme, Host: a.HostPort, RawQuery: u.RawQuery}
	if a.Username != "" {
		shown.User = url.User(a.Username)
	}
	if a.DB != 0 {
		shown.Path = "/" + strconv.Itoa(a.DB)
	}
	return shown.String()
}
