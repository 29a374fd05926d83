package winograd

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// layers are the convolutions of V-Net (channels, and voxels along z, y, x), with the tiles that suit them.
var layers = []struct {
	channels int
	size     [3]int
	tile     [3]int
}{
	{32, [3]int{64, 128, 128}, [3]int{4, 4, 4}},
	{64, [3]int{32, 64, 64}, [3]int{4, 4, 4}},
	{128, [3]int{16, 32, 32}, [3]int{4, 4, 4}},
	{256, [3]int{8, 16, 16}, [3]int{4, 4, 4}},
	{32, [3]int{32, 64, 64}, [3]int{4, 4, 4}},
	{64, [3]int{16, 32, 32}, [3]int{4, 4, 4}},
	{128, [3]int{8, 16, 16}, [3]int{4, 4, 4}},
	{256, [3]int{4, 8, 8}, [3]int{2, 4, 4}},
}

// sameConvolution is a convolution that keeps channels and size.
func sameConvolution(channels int, size [3]int, taps int) kernel.Convolution {
	ones := [3]int{1, 1, 1}
	return kernel.Convolution{
		Batch: 1, In: channels, Out: channels, Groups: 1, Input: size, Output: size, Stride: ones, Dilation: ones,
		Kernel: [3]int{taps, taps, taps}, PadLow: [3]int{taps / 2, taps / 2, taps / 2},
	}
}

// bench is a prepared contraction.
type bench struct {
	f              *Forward
	pool           *kernel.Pool
	in             kernel.Map
	weight, u, out []float32
	scratch        []float32
	voxels         int
}

func newBench(b testing.TB, c kernel.Convolution, tile [3]int) *bench {
	const threads = 2
	f, err := NewForward(c, kernel.DirectionForward, tile, threads)
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	voxels := c.Input[0] * c.Input[1] * c.Input[2]
	s := &bench{f: f, pool: kernel.NewPool(threads), voxels: voxels}
	s.in = kernel.Map{Data: make([]float32, c.In*voxels), Blocked: true}
	for i := range s.in.Data {
		s.in.Data[i] = random.Float32() - 0.5
	}
	s.weight = make([]float32, c.In*c.Out*c.Kernel[0]*c.Kernel[1]*c.Kernel[2])
	for i := range s.weight {
		s.weight[i] = random.Float32() - 0.5
	}
	s.u, s.out, s.scratch = make([]float32, f.Weights()), make([]float32, c.Out*voxels), make([]float32, f.Workspace())
	s.transformWeights()
	return s
}

func (s *bench) run() {
	s.f.Run(s.pool, s.in, s.u, true, s.scratch, func(_, _, _, channel, start int, values []float32) {
		copy(s.out[(channel*s.voxels+start)*kernel.Lanes:], values)
	})
}

func (s *bench) transformWeights() { s.f.TransformWeights(s.pool, s.weight, s.u, s.scratch) }

// best returns the shortest time of some calls.
func best(calls int, f func()) time.Duration {
	shortest := time.Hour
	for range calls {
		start := time.Now()
		f()
		shortest = min(shortest, time.Since(start))
	}
	return shortest
}

// BenchmarkForward measures each layer with a sink that stores the result. What the phases take, a profile tells
// (-cpuprofile): the products are multiply, and each transform's callers (pprof -peek) are its axes, which are zRow,
// stripRows, chunk and finish.
func BenchmarkForward(b *testing.B) {
	for _, layer := range layers {
		b.Run(fmt.Sprint(layer.channels, layer.size, layer.tile), func(b *testing.B) {
			c := sameConvolution(layer.channels, layer.size, 5)
			s := newBench(b, c, layer.tile)
			defer s.pool.Close()
			t := best(b.N, s.run)
			b.ReportMetric(float64(t.Microseconds())/1e3, "best-ms")
			b.ReportMetric(c.FLOPs()/t.Seconds()/1e9, "effective-GFLOP/s")
		})
	}
}

func BenchmarkTransformWeights(b *testing.B) {
	for _, layer := range layers {
		b.Run(fmt.Sprint(layer.channels, layer.tile), func(b *testing.B) {
			s := newBench(b, sameConvolution(layer.channels, [3]int{4, 4, 4}, 5), layer.tile)
			defer s.pool.Close()
			b.ReportMetric(float64(best(b.N, s.transformWeights).Microseconds())/1e3, "best-ms")
		})
	}
}
