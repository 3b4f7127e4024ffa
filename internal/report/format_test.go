package report

import "testing"

func TestQuantities(t *testing.T) {
	for _, c := range []struct {
		q    quantity
		v    float64
		want string
	}{
		{plain, 0, "0"}, {plain, 1, "1"}, {plain, 2.4, "2.4"}, {plain, 9.94, "9.9"}, {plain, 9.96, "10"},
		{plain, 0.996, "1"}, {plain, 0.05, "0.05"}, {plain, 0.00123, "0.0012"},
		{plain, 999, "999"}, {plain, 1000, "1,000"}, {plain, 1_234_567, "1,234,567"}, {plain, -1234, "-1,234"}, {plain, -123, "-123"},
		{micros, 0, "0"}, {micros, 97.4, "97 µs"}, {micros, 999.4, "999 µs"}, {micros, 999.6, "1 ms"},
		{micros, 48_000, "48 ms"}, {micros, 999_600, "1 s"}, {micros, 60e6, "60 s"},
		{share, 0, "0"}, {share, 0.75, "75 %"}, {share, 0.0001, "0.01 %"}, {share, 1, "100 %"},
		{share, 0.9999, ">99.9 %"}, {share, 0.9962, "99.6 %"}, {share, 3.2, "320 %"},
		{perSecond, 20_300, "20,300/s"}, {octets, 135, "135 B"},
	} {
		if got := c.q.text(c.v); got != c.want {
			t.Errorf("%v is spelled %q, want %q", c.v, got, c.want)
		}
	}
}

func TestMedianWithRange(t *testing.T) {
	for _, c := range []struct {
		values []float64
		long   bool
		want   string
	}{
		{nil, true, "–"}, {[]float64{97}, true, "97 µs"}, {[]float64{95, 97, 101}, false, "97 µs"},
		{[]float64{95, 97, 101}, true, "97 µs (95–101 µs)"}, {[]float64{950, 970, 1200}, true, "970 µs (950 µs–1.2 ms)"},
		{[]float64{97.1, 97.2}, true, "97 µs"}, // what looks the same is no range
	} {
		if got := median(c.values, micros, c.long); got != c.want {
			t.Errorf("%v is spelled %q, want %q", c.values, got, c.want)
		}
	}
}
