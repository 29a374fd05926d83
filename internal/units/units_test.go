package units

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBytes(t *testing.T) {
	var got []string
	for _, n := range []int64{-2048, 0, 1023, 1024, 1536, 3 << 30, 5 << 40, math.MaxInt64} {
		got = append(got, Bytes(n))
	}
	want := []string{"-2048 bytes", "0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "3.0 GiB", "5.0 TiB", "8.0 EiB"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "512MiB": 512 << 20, "1.5 GB": 15e8, "2g": 2 << 30, "3 bytes": 3, "1e3k": 1 << 10 * 1000,
	} {
		if got, err := ParseBytes(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "0", "-1GiB", "1 parsec", "NaN", "Inf", "1e30", "0.1", "1GiB2", "12 34", "1_0"} {
		if got, err := ParseBytes(text); err == nil {
			t.Errorf("%q: %d, want an error", text, got)
		}
	}
}
