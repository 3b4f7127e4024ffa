package docker

import (
	"strings"
	"testing"
)

func TestTheHintNamesTheImageThatIsMissing(t *testing.T) {
	for name, want := range map[string]string{
		"rlbench/valkey:8.1": "valkey-8.1", "rlbench/redis:8.0": "redis-8.0", "rlbench/none:0": "redis-7.0", "redis:8.0": "redis-7.0",
	} {
		if err := missing(name+" is not there", target(name)); !strings.HasSuffix(err.Error(), "(or ci/image/build.sh "+want+")") {
			t.Errorf("%s: %v, want the target %s", name, err, want)
		}
	}
}
