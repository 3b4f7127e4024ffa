package engine

import (
	"math"
	"strings"
	"testing"
)

const sampleInfo = "# CPU\r\nused_cpu_sys:1.5\r\nused_cpu_user:2.25\r\n# Stats\r\ntotal_net_input_bytes:10\r\ntotal_net_output_bytes:20\r\n" +
	"connected_clients:3\r\ntotal_connections_received:9\r\ncmdstat_evalsha:calls=7,usec=9,usec_per_call=1.2\r\ncmdstat_client|setinfo:calls=1,usec=1\r\n"

func TestParseInfo(t *testing.T) {
	c, err := parseInfo(sampleInfo)
	if err != nil {
		t.Fatal(err)
	}
	if c.cpuUS != 3.75e6 || c.bytesIn != 10 || c.bytesOut != 20 {
		t.Errorf("counters %+v are not those of INFO", c)
	}
	if c.calls["evalsha"] != 7 || c.calls["client|setinfo"] != 1 {
		t.Errorf("calls %v are not those of INFO", c.calls)
	}
}

func TestParseInfoNamesTheMissingField(t *testing.T) {
	if _, err := parseInfo("# Server\r\nredis_version:7\r\n"); err == nil {
		t.Error("an INFO without counters was accepted")
	}
}

func FuzzParseInfo(f *testing.F) {
	f.Add(sampleInfo)
	f.Add("cmdstat_get:calls=,\nused_cpu_user:NaN")
	f.Add(sampleInfo + "used_cpu_user:NaN")
	f.Add(sampleInfo + "used_cpu_sys:+Inf")
	f.Add(sampleInfo + "total_net_input_bytes:1e300")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseInfo(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("not one line: %q", err)
			}
			return
		}
		if !(c.cpuUS >= 0) || math.IsInf(c.cpuUS, 0) || c.bytesIn < 0 || c.bytesOut < 0 {
			t.Errorf("accepted what no counter holds: %+v", c)
		}
	})
}
