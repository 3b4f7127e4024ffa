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

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Form is how an address is written.
const Form = "redis://[user@]host[:port][/db], redis-sentinel://[user@]host[:port],.../primary[/db] " +
	"or redis-cluster://[user@]host[:port],...; rediss for TLS"

const (
	// PasswordVar is the environment variable that holds the password where the address
	// has none, so that it need not stand on a command line. redis-cli reads it too.
	PasswordVar = "REDISCLI_AUTH"
	// SentinelPasswordVar holds the password of the Sentinels themselves, which an
	// address has no place for.
	SentinelPasswordVar = "RLBENCH_SENTINEL_AUTH"
)

// Options of TLS: files in PEM form, and the name in the servers' certificate where it
// is not the host. There is none that leaves the certificate unverified.
const (
	optionCA         = "ca"
	optionCert       = "cert"
	optionKey        = "key"
	optionServerName = "server_name"
)

// OptionSentinelUser is the user that the Sentinels know; without it, and with a
// password, it is the default one.
const OptionSentinelUser = "sentinel_user"

// scheme is what an address begins with.
type scheme struct {
	mode drivers.Mode
	port string // where an address names none
	tls  bool
}

var schemes = map[string]scheme{
	"redis": {drivers.Standalone, "6379", false}, "rediss": {drivers.Standalone, "6379", true},
	"redis-sentinel": {drivers.Sentinel, "26379", false}, "rediss-sentinel": {drivers.Sentinel, "26379", true},
	"redis-cluster": {drivers.Cluster, "6379", false}, "rediss-cluster": {drivers.Cluster, "6379", true},
}

// options are those that an address of the scheme may have.
func (s scheme) options() (list []string) {
	if s.tls {
		list = append(list, optionCA, optionCert, optionKey, optionServerName)
	}
	if s.mode == drivers.Sentinel {
		list = append(list, OptionSentinelUser)
	}
	return list
}

// Address is where a server or a group of them is, and what it takes to be let in.
type Address struct {
	At     drivers.Endpoints // without Dial
	TLS    *tls.Config       // nil for none
	public string
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
	one, hosts := separate(text)
	u, err := url.Parse(one)
	if err != nil || u.Opaque != "" {
		return Address{}, unreadable("cannot be read")
	}
	s, known := schemes[u.Scheme]
	if !known {
		return Address{}, unreadable("cannot be read")
	}
	if u.Fragment != "" {
		return Address{}, unreadable("has no host or a stray #")
	}
	a := Address{At: drivers.Endpoints{Mode: s.mode, Username: u.User.Username()}}
	if a.At.Addrs, err = s.addrs(hosts); err != nil {
		return Address{}, err
	}
	if err := s.place(u.Path, &a.At); err != nil {
		return Address{}, err
	}
	options, err := s.given(u.RawQuery)
	if err != nil {
		return Address{}, err
	}
	if err := authenticate(u.User, options, &a.At); err != nil {
		return Address{}, err
	}
	if s.tls {
		if a.TLS, err = secure(s, u.Hostname(), options); err != nil {
			return Address{}, err
		}
	}
	a.public = public(u, a.At)
	return a, nil
}

func usage(what, do string) error {
	return &provider.Missing{Kind: provider.ErrUsage, What: "--server: " + what, Do: do}
}

func unreadable(how string) error {
	return usage("the address "+how, "write "+Form+", and special characters of user and password as %XX")
}

// separate returns the hosts of an address, and the address with the first of them
// alone: a URL has one.
func separate(text string) (one string, hosts []string) {
	begin := strings.Index(text, "://")
	if begin < 0 {
		return text, nil
	}
	begin += len("://")
	end := len(text)
	if i := strings.IndexAny(text[begin:], "/?#"); i >= 0 {
		end = begin + i
	}
	begin += strings.LastIndex(text[begin:end], "@") + 1
	hosts = strings.Split(text[begin:end], ",")
	return text[:begin] + hosts[0] + text[end:], hosts
}

// addrs are the hosts with their ports.
func (s scheme) addrs(hosts []string) (list []string, err error) {
	if s.mode == drivers.Standalone && len(hosts) > 1 {
		return nil, usage("redis:// takes one host", "write "+Form)
	}
	for _, host := range hosts {
		u, err := url.Parse("//" + host)
		if err != nil || u.Hostname() == "" || strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(host, "[") {
			return nil, unreadable("has no host or a stray #")
		}
		list = append(list, net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), s.port)))
	}
	return list, nil
}

// primaryName is what Sentinels accept. A mistyped password that ends up here has an @
// behind it.
var primaryName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// place reads the path: the primary's name where Sentinels are asked, and the number
// of the database.
func (s scheme) place(path string, at *drivers.Endpoints) (err error) {
	rest := strings.TrimPrefix(path, "/")
	if s.mode == drivers.Sentinel {
		at.Primary, rest, _ = strings.Cut(rest, "/")
		if !primaryName.MatchString(at.Primary) {
			return usage("what follows the sentinels is not the name of a primary", "write "+Form)
		}
	}
	if at.DB, err = database(rest); err == nil && s.mode == drivers.Cluster && at.DB != 0 {
		return usage("a Cluster has no database but 0", "name none")
	}
	return err
}

// database reads a number, or nothing.
func database(number string) (int, error) {
	if number == "" {
		return 0, nil
	}
	db, err := strconv.Atoi(number)
	if err != nil || db < 0 {
		return 0, usage("what follows the host is no database number", "write "+Form)
	}
	return db, nil
}

// given reads the options, each of which may be there once.
func (s scheme) given(query string) (url.Values, error) {
	options, err := url.ParseQuery(query)
	for name, values := range options {
		if !slices.Contains(s.options(), name) || len(values) != 1 || values[0] == "" {
			err = errOption
		}
	}
	if err != nil {
		return nil, errOption
	}
	return options, nil
}

var errOption = usage("an option is unknown, empty or there twice",
	"use "+strings.Join(schemes["rediss"].options(), ", ")+" with rediss:// and its like, and "+OptionSentinelUser+" with redis-sentinel://")

// authenticate takes the password in the address, else the one in the environment.
// Without any, a client would not log in at all and run as the default user.
func authenticate(user *url.Userinfo, options url.Values, at *drivers.Endpoints) error {
	in, _ := user.Password()
	at.Password = cmp.Or(in, os.Getenv(PasswordVar))
	if at.Password == "" && at.Username != "" {
		return usage("the address names a user, but there is no password", "set "+PasswordVar)
	}
	if at.Mode != drivers.Sentinel {
		return nil
	}
	at.SentinelUsername, at.SentinelPassword = options.Get(OptionSentinelUser), os.Getenv(SentinelPasswordVar)
	if at.SentinelPassword == "" && at.SentinelUsername != "" {
		return usage("the address names a user of the sentinels, but there is no password", "set "+SentinelPasswordVar)
	}
	return nil
}

// secure reads the options of TLS. Several servers have a name each, which is known
// when they are dialled.
func secure(s scheme, host string, options url.Values) (c *tls.Config, err error) {
	c = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: options.Get(optionServerName)}
	if s.mode == drivers.Standalone {
		c.ServerName = cmp.Or(c.ServerName, host)
	}
	if file := options.Get(optionCA); file != "" {
		if c.RootCAs, err = authorities(file); err != nil {
			return nil, err
		}
	}
	return c, identify(c, options.Get(optionCert), options.Get(optionKey))
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

func public(u *url.URL, at drivers.Endpoints) string {
	shown := url.URL{Scheme: u.Scheme, Host: strings.Join(at.Addrs, ","), Path: at.Primary, RawQuery: u.RawQuery}
	if at.Username != "" {
		shown.User = url.User(at.Username)
	}
	if at.DB != 0 {
		shown.Path += "/" + strconv.Itoa(at.DB)
	}
	return shown.String()
}
