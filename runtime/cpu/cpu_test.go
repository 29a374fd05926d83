package cpu

import (
	"testing"

	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/devicetest"
)

func TestDevice(t *testing.T) {
	d := New(2)
	defer d.Close()
	devicetest.RunAll(t, d)
}

// The number of threads changes no bit.
func TestSameBits(t *testing.T) {
	var devices []runtime.Device
	for _, threads := range []int{1, 2, 3, 16} {
		d := New(threads)
		defer d.Close()
		devices = append(devices, d)
	}
	devicetest.SameBits(t, devices...)
}

// FuzzNoDiff compares random graphs with the reference.
func FuzzNoDiff(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(uint64(1) << 32 << seed)
	}
	d := New(2)
	f.Cleanup(func() { d.Close() })
	f.Fuzz(func(t *testing.T, seed uint64) { devicetest.NoDiff(t, d, seed) })
}
