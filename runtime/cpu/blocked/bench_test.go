package blocked

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// layers are the convolutions of V-Net at 128x128x64 (x, y, z) that this package computes, and others of its kind. The
// forward pass of a step up is the input gradient, and its own input gradient the forward direction.
func layers() []layer {
	size := func(divisor int) [3]int { return [3]int{64 / divisor, 128 / divisor, 128 / divisor} }
	list := []layer{{"stem", long(1, 16, size(1), 5, 1, 2)}}
	for i, channels := range []int{16, 32, 64, 128} {
		list = append(list, layer{"down", long(channels, 2*channels, size(1<<i), 2, 2, 0)})
	}
	for i, channels := range []int{128, 64, 32, 16} {
		wide := []int{256, 256, 128, 64}[i] // of the coarse map
		list = append(list, layer{"up", long(channels, wide, size(8>>i), 2, 2, 0)})
	}
	list = append(list, layer{"head", long(32, 2, size(1), 1, 1, 0)})
	for i, channels := range []int{32, 64, 128, 256} { // the steps down of nnU-Net
		list = append(list, layer{"strided", long(channels, 2*channels, size(1<<i), 3, 2, 1)})
	}
	dilated := long(32, 32, size(2), 5, 1, 2) // the reach of a kernel of 5, of which every other tap is there
	dilated.Kernel, dilated.Dilation = [3]int{3, 3, 3}, [3]int{2, 2, 2}
	list = append(list, layer{"dilated", dilated}, layer{"seven", long(16, 32, size(2), 7, 2, 3)})
	for i := range list {
		list[i].c.Batch = 1
	}
	return list
}

type layer struct {
	name string
	c    kernel.Convolution
}

// BenchmarkLayers measures each layer with a sink that copies to an output.
func BenchmarkLayers(b *testing.B) {
	p := kernel.NewPool(runtime.NumCPU())
	defer p.Close()
	for _, l := range layers() {
		c := l.c
		in, out := make([]float32, c.In*volume(c.Input)), make([]float32, c.Out*volume(c.Output))
		for i := range in {
			in[i] = 1
		}
		for i := range out {
			out[i] = 1
		}
		weight := make([]float32, c.In*c.Out*volume(c.Kernel))
		inMap := kernel.Map{Data: in, Blocked: c.In%16 == 0}
		outMap := kernel.Map{Data: out, Blocked: c.Out%16 == 0}
		for d, name := range []string{"forward", "dgrad", "wgrad"} {
			d := kernel.Direction(d)
			if _, err := FamilyOf(c, d); err != nil {
				continue
			}
			b.Run(fmt.Sprintf("%s%dto%d/%s", l.name, c.In, c.Out, name), func(b *testing.B) {
				if d == kernel.DirectionWeightGradient {
					benchmarkWeightGradient(b, p, c, inMap, outMap, weight)
				} else if d == kernel.DirectionForward {
					benchmarkContraction(b, p, c, d, inMap, outMap, volume(c.Output), weight)
				} else {
					benchmarkContraction(b, p, c, d, outMap, inMap, volume(c.Input), weight)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms")
				b.ReportMetric(c.FLOPs()*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func benchmarkContraction(b *testing.B, p *kernel.Pool, c kernel.Convolution, d kernel.Direction, from, to kernel.Map, voxels int, weight []float32) {
	k, err := New(c, d, p.Threads())
	if err != nil {
		b.Fatal(err)
	}
	lanes := 1
	if to.Blocked {
		lanes = kernel.Lanes
	}
	scratch := make([]float32, k.Workspace())
	sink := func(_, _, _, channel, start int, values []float32) {
		copy(to.Data[(channel*voxels+start)*lanes:], values)
	}
	for b.Loop() {
		k.Run(p, from, weight, to.Blocked, scratch, sink)
	}
}

func benchmarkWeightGradient(b *testing.B, p *kernel.Pool, c kernel.Convolution, in, dOut kernel.Map, weight []float32) {
	g, err := NewWeightGradient(c, p.Threads())
	if err != nil {
		b.Fatal(err)
	}
	scratch := make([]float32, g.Workspace())
	for b.Loop() {
		g.Run(p, in, dOut, weight, scratch)
	}
}
