package cpu

import (
	"fmt"
	"testing"

	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu/kernel"
	"github.com/vnlang/vn/runtime/devicetest"
)

func TestDevice(t *testing.T) {
	d := New(2)
	defer d.Close()
	devicetest.RunAll(t, d)
}

// prefer picks the algorithm at a place of the list of those that can do a contraction, from its end, so that each is
// tried on everything that it supports, however slow.
func prefer(last int) Option {
	return func(d *Device) {
		d.rank = func(c kernel.Convolution, direction kernel.Direction) []algorithm {
			list := algorithms(c, direction)
			return list[len(list)-1-last%len(list):]
		}
	}
}

// Each family of algorithms passes, wherever it can be used; the fuzz test goes through all tiles.
func TestAlgorithms(t *testing.T) {
	for _, n := range []int{0, 1, 2} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			d := New(2, Nth(n))
			defer d.Close()
			devicetest.RunCases(t, d)
		})
	}
}

// The number of threads changes no bit.
func TestSameBits(t *testing.T) {
	for _, option := range []Option{func(*Device) {}, prefer(0), Memory(1 << 20)} {
		var devices []runtime.Device
		for _, threads := range []int{1, 2, 3, 16} {
			d := New(threads, option)
			defer d.Close()
			devices = append(devices, d)
		}
		devicetest.SameBits(t, devices...)
	}
}

// FuzzNoDiff compares random graphs with the reference.
func FuzzNoDiff(f *testing.F) {
	for seed := range uint64(30) {
		f.Add(uint64(1)<<32 + seed)
	}
	var devices []*Device
	for last := range 10 {
		d := New(2, prefer(last))
		f.Cleanup(func() { d.Close() })
		devices = append(devices, d)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { devicetest.NoDiff(t, devices[seed%10], seed) })
}
