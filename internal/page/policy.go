package page

import (
	"crypto/sha256"
	"encoding/base64"
)

// policy is the Content-Security-Policy of a page with this style and this script: it
// runs no other, and asks nobody for anything, whatever a name in the run contains.
func policy(style, script string) string {
	return "default-src 'none'; style-src " + digest(style) + "; script-src " + digest(script) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
