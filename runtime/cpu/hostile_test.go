package cpu

import (
	"testing"

	"github.com/vnlang/vn/runtime/devicetest"
)

// Plans that were changed in the file are refused, or run without a fault.
func TestHostilePlans(t *testing.T) {
	d := New(2)
	defer d.Close()
	taken := 0
	const seeds = 600
	for seed := range uint64(seeds) {
		if devicetest.Hostile(t, d, seed) {
			taken++
		}
	}
	if taken == 0 || taken == seeds {
		t.Errorf("%d of %d changed plans were taken", taken, seeds)
	}
}

// FuzzHostile does so with other plans.
func FuzzHostile(f *testing.F) {
	f.Add(uint64(1 << 40))
	d := New(2)
	f.Cleanup(func() { d.Close() })
	f.Fuzz(func(t *testing.T, seed uint64) { devicetest.Hostile(t, d, seed) })
}
