package kernel

import (
	"fmt"
	"runtime"
	"testing"
)

// layers are the convolutions of V-Net at 128x128x64 (x, y, z), and its first layer.
func layers() []struct {
	name string
	c    Convolution
} {
	square := func(in, out int, input [3]int, kernel int) Convolution {
		return Convolution{
			Batch: 1, In: in, Out: out, Groups: 1, Input: input, Output: input,
			Kernel: cube(kernel), Stride: cube(1), PadLow: cube(kernel / 2), Dilation: cube(1),
		}
	}
	down := func(in int, input [3]int) Convolution {
		c := square(in, 2*in, input, 2)
		c.Stride, c.PadLow = cube(2), cube(0)
		for axis := range c.Output {
			c.Output[axis] /= 2
		}
		return c
	}
	size := func(z, y, x int) [3]int { return [3]int{z, y, x} }
	return []struct {
		name string
		c    Convolution
	}{
		{"1to16/128", square(1, 16, size(64, 128, 128), 5)},
		{"32to32/128", square(32, 32, size(64, 128, 128), 5)},
		{"32to32/64", square(32, 32, size(32, 64, 64), 5)},
		{"64to64/64", square(64, 64, size(32, 64, 64), 5)},
		{"64to64/32", square(64, 64, size(16, 32, 32), 5)},
		{"128to128/32", square(128, 128, size(16, 32, 32), 5)},
		{"128to128/16", square(128, 128, size(8, 16, 16), 5)},
		{"256to256/16", square(256, 256, size(8, 16, 16), 5)},
		{"256to256/8", square(256, 256, size(4, 8, 8), 5)},
		{"16to32down/128", down(16, size(64, 128, 128))},
		{"128to256down/16", down(128, size(8, 16, 16))},
		{"32to2head/128", square(32, 2, size(64, 128, 128), 1)},
	}
}

// BenchmarkConvolution measures the layers in the three directions on one worker and on all cores, in GFLOP/s of the
// direct algorithm.
func BenchmarkConvolution(b *testing.B) {
	for _, threads := range []int{1, runtime.NumCPU()} {
		pool := NewPool(threads)
		for _, layer := range layers() {
			c := layer.c
			in, out := alignedFloats(c.In*volume(c.Input)), alignedFloats(c.Out*volume(c.Output))
			weight := alignedFloats(c.weights())
			for direction, name := range [...]string{"forward", "dgrad", "wgrad"} {
				b.Run(fmt.Sprintf("%s/%s/threads=%d", layer.name, name, threads), func(b *testing.B) {
					scratch := alignedFloats(c.Workspace(Direction(direction)))
					for b.Loop() {
						switch Direction(direction) {
						case DirectionForward:
							Forward(pool, c, View{out, 0}, View{in, 0}, weight, scratch, nil)
						case DirectionInputGradient:
							InputGradient(pool, c, View{in, 0}, View{out, 0}, weight, scratch, nil)
						case DirectionWeightGradient:
							WeightGradient(pool, c, weight, View{in, 0}, View{out, 0}, scratch)
						}
					}
					b.ReportMetric(c.FLOPs()*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
		pool.Close()
	}
}
