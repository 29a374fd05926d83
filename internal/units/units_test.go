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
