package engine

import "testing"

const sampleInfo = "# CPU\r\nused_cpu_sys:1.5\r\nused_cpu_user:2.25\r\n# Stats\r\ntotal_net_input_bytes:10\r\ntotal_net_output_bytes:20\r\n" +
	"cmdstat_evalsha:calls=7,usec=9,usec_per_call=1.2\r\ncmdstat_client|setinfo:calls=1,usec=1\r\n"

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
	f.Fuzz(func(_ *testing.T, text string) { _, _ = parseInfo(text) })
}
