package providertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Secured is a redis-server that speaks TLS on one port and plain text on another.
type Secured struct {
	Addr, Plain string // 127.0.0.1:port
	// CA is the file of the authority that signed the server's certificate, which is
	// for 127.0.0.1 and redis.test. Cert and Key are a client's, by the same authority.
	CA, Cert, Key string
}

// TLS starts a redis-server with certificates of its own. clients is the setting
// tls-auth-clients: yes demands a certificate of clients, no does not. args are further
// arguments of the server.
func TLS(t testing.TB, clients string, args ...string) Secured {
	t.Helper()
	a := newAuthority(t)
	cert, key := a.sign(t, "server")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Secured{Addr: l.Addr().String(), CA: filepath.Join(a.dir, "ca.crt")}
	_ = l.Close()
	_, port, _ := net.SplitHostPort(s.Addr)
	s.Plain = Redis(t, append(args, "--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key,
		"--tls-ca-cert-file", s.CA, "--tls-auth-clients", clients)...)
	s.Cert, s.Key = a.sign(t, "client")
	return s
}

// authority signs certificates that are valid for an hour.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir(), key: newKey(t)}
	a.cert = template("rlbench test authority")
	a.cert.IsCA, a.cert.BasicConstraintsValid, a.cert.KeyUsage = true, true, x509.KeyUsageCertSign
	write(t, filepath.Join(a.dir, "ca.crt"), "CERTIFICATE", a.certify(t, a.cert, a.key))
	return a
}

// sign makes a certificate and its key, and returns their files.
func (a *authority) sign(t testing.TB, name string) (cert, key string) {
	t.Helper()
	k := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(a.dir, name+".crt"), filepath.Join(a.dir, name+".key")
	write(t, cert, "CERTIFICATE", a.certify(t, template(name), k))
	write(t, key, "PRIVATE KEY", der)
	return cert, key
}

func (a *authority) certify(t testing.TB, c *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"redis.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func write(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
