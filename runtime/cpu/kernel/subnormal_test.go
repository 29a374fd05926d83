package kernel

import (
	"math"
	"testing"
)

// Products with subnormal numbers are 0 on the vector paths: a step of a network whose gradients have underflowed takes
// no longer than any other. The processor's mode is as it was afterwards.
func TestSubnormalsCountAsZero(t *testing.T) {
	const subnormal = 1e-40
	pool := NewPool(1)
	defer pool.Close()
	c := Convolution{
		Batch: 1, In: 2, Out: 8, Groups: 1, Input: [3]int{2, 3, 20}, Output: [3]int{2, 3, 20}, Kernel: [3]int{1, 1, 3},
		Stride: [3]int{1, 1, 1}, PadLow: [3]int{0, 0, 1}, Dilation: [3]int{1, 1, 1},
	}
	in, out := filled(2*120, subnormal), make([]float32, 8*120)
	weight := filled(c.weights(), 1)
	for _, path := range Paths() {
		if err := Use(path); err != nil {
			t.Fatal(err)
		}
		Forward(pool, c, View{out, len(out)}, View{in, len(in)}, weight, make([]float32, c.Workspace(DirectionForward)), nil)
		gradient := make([]float32, c.weights())
		WeightGradient(pool, c, gradient, View{in, len(in)}, View{filled(len(out), 1), len(out)}, make([]float32, c.Workspace(DirectionWeightGradient)))
		if path != "portable" {
			for _, v := range append(out, gradient...) {
				if v != 0 {
					t.Fatalf("%s: a sum of subnormal numbers is %g, want 0", path, v)
				}
			}
		}
		small := math.Float32frombits(1)
		if small*2 == 0 || small+small == 0 {
			t.Fatalf("%s: the processor still takes subnormal numbers for 0", path)
		}
	}
	if err := Use(Paths()[0]); err != nil {
		t.Fatal(err)
	}
}

func filled(n int, value float32) []float32 {
	list := make([]float32, n)
	Fill(list, value)
	return list
}
