package cpu

import "github.com/vnlang/vn/runtime/cpu/kernel"

// Nth makes every convolution take the n-th of the algorithms that can compute it, counted from 0, or the last of them
// where there are fewer, instead of the fastest: for measurements that compare them all.
func Nth(n int) Option {
	return func(d *Device) {
		d.rank = func(c kernel.Convolution, direction kernel.Direction) []algorithm {
			list := algorithms(c, direction)
			return list[min(n, len(list)-1):][:1]
		}
	}
}
