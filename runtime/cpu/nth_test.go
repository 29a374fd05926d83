package cpu

import (
	"testing"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// The numbers go through the algorithms of a convolution, and stay at the last.
func TestNth(t *testing.T) {
	c := kernel.Convolution{
		Batch: 1, In: 16, Out: 32, Groups: 1, Input: [3]int{8, 8, 8}, Output: [3]int{8, 8, 8}, Kernel: [3]int{5, 5, 5},
		Stride: [3]int{1, 1, 1}, PadLow: [3]int{2, 2, 2}, Dilation: [3]int{1, 1, 1},
	}
	for _, direction := range []kernel.Direction{kernel.DirectionForward, kernel.DirectionInputGradient, kernel.DirectionWeightGradient} {
		list := algorithms(c, direction)
		if len(list) < 2 || list[0] != exact(c, direction)[0] {
			t.Fatalf("direction %d: the algorithms are %v", direction, list)
		}
		for n := range len(list) + 3 {
			d := New(1, Nth(n))
			if got, want := d.rank(c, direction)[0], list[min(n, len(list)-1)]; got != want {
				t.Errorf("direction %d: number %d is %s, want %s", direction, n, got, want)
			}
			d.Close()
		}
	}
}
