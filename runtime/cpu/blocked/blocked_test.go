package blocked

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// examples are random geometries of all families, and some that cross the sizes at which work is cut.
func examples() []*example {
	random := rand.New(rand.NewPCG(1, 2))
	var list []*example
	for range 40 {
		list = append(list, newExample(randomProduct(random), random))
	}
	for range 25 {
		list = append(list, newExample(randomNarrow(random), random))
	}
	for range 50 {
		list = append(list, newExample(randomTaps(random), random))
	}
	wide := long(48, 16, [3]int{1, 3, 520}, 7, 2, 3) // whose copies hold some of the blocks only
	wide.Kernel, wide.Stride[0], wide.PadLow[0], wide.Output = [3]int{1, 7, 3}, 1, 0, [3]int{1, 2, 260}
	for _, c := range []kernel.Convolution{
		wide,
		long(3, 16, [3]int{1, 2, 700}, 1, 1, 0),
		long(16, 3, [3]int{3, 5, 803}, 2, 2, 0),
		long(16, 16, [3]int{4, 4, 1201}, 3, 3, 0),
		long(1, 16, [3]int{1, 3, 600}, 3, 1, 1),
		long(2, 20, [3]int{2, 20, 40}, 3, 1, 1),
		long(16, 32, [3]int{2, 40, 40}, 2, 2, 0),
		long(16, 48, [3]int{3, 9, 600}, 3, 2, 1),
		long(32, 16, [3]int{3, 41, 37}, 3, 2, 1),
		long(16, 16, [3]int{3, 33, 40}, 3, 1, 1),
		long(48, 80, [3]int{4, 5, 18}, 3, 3, 2),
		long(16, 16, [3]int{5, 5, 70}, 1, 2, 0),
	} {
		list = append(list, newExample(c, random))
	}
	return list
}

// contraction runs a direction with NaN scratch and returns the values as a dense plain batch.
func (e *example) contraction(t *testing.T, p *kernel.Pool, d kernel.Direction, inBlocked, outBlocked bool) []float32 {
	t.Helper()
	c := e.c
	k, err := New(c, d, p.Threads())
	if err != nil {
		t.Fatal(err)
	}
	from, inChannels, channels, inVoxels, voxels := e.in, c.In, c.Out, volume(c.Input), volume(c.Output)
	if d == kernel.DirectionInputGradient {
		from, inChannels, channels, inVoxels, voxels = e.dOut, channels, inChannels, voxels, inVoxels
	}
	in := mapOf(from, c.Batch, inChannels, inVoxels, inBlocked)
	s := newCollector(k, c.Batch, channels, voxels, outBlocked, p.Threads())
	k.Run(p, in, e.weight, outBlocked, nans(k.Workspace()), s.sink)
	for _, fault := range s.faults {
		if fault != "" {
			t.Fatalf("%s in %+v", fault, c)
		}
	}
	return s.values
}

func (e *example) weightGradient(t *testing.T, p *kernel.Pool, inBlocked, dOutBlocked bool) []float32 {
	t.Helper()
	c := e.c
	g, err := NewWeightGradient(c, p.Threads())
	if err != nil {
		t.Fatal(err)
	}
	dWeight := nans(len(e.weight))
	in, dOut := mapOf(e.in, c.Batch, c.In, volume(c.Input), inBlocked), mapOf(e.dOut, c.Batch, c.Out, volume(c.Output), dOutBlocked)
	g.Run(p, in, dOut, dWeight, nans(g.Workspace()))
	return dWeight
}

// eachResult computes every direction of the example in every layout.
func (e *example) eachResult(t *testing.T, p *kernel.Pool, f func(name string, got []float32, want []float64)) {
	t.Helper()
	for _, inBlocked := range layouts(e.c.In) {
		for _, outBlocked := range layouts(e.c.Out) {
			name := func(what string) string {
				return fmt.Sprintf("%s, input blocked %v, output blocked %v, %+v", what, inBlocked, outBlocked, e.c)
			}
			f(name("forward"), e.contraction(t, p, kernel.DirectionForward, inBlocked, outBlocked), e.out)
			f(name("input gradient"), e.contraction(t, p, kernel.DirectionInputGradient, outBlocked, inBlocked), e.dIn)
			f(name("weight gradient"), e.weightGradient(t, p, inBlocked, outBlocked), e.dWeight)
		}
	}
}

func TestAgainstDefinition(t *testing.T) {
	list := examples()
	eachPath(t, func(t *testing.T) {
		p := kernel.NewPool(3)
		defer p.Close()
		for _, e := range list {
			e.eachResult(t, p, func(name string, got []float32, want []float64) { compare(t, name, got, want) })
		}
	})
}

func TestThreadsChangeNothing(t *testing.T) {
	list := examples()
	for _, e := range list[len(list)-20:] {
		var first [][]float32
		for _, threads := range []int{1, 2, 5} {
			p := kernel.NewPool(threads)
			var all [][]float32
			e.eachResult(t, p, func(_ string, got []float32, _ []float64) { all = append(all, got) })
			p.Close()
			if first == nil {
				first = all
			}
			for i := range all {
				if !slices.EqualFunc(all[i], first[i], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
					t.Errorf("result %d with %d threads differs from that with one: %+v", i, threads, e.c)
				}
			}
		}
	}
}

func TestRunningAllocatesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	p := kernel.NewPool(2)
	defer p.Close()
	for _, c := range []kernel.Convolution{long(16, 32, [3]int{4, 9, 9}, 2, 2, 0), long(2, 32, [3]int{4, 9, 9}, 3, 1, 1), long(16, 32, [3]int{4, 9, 9}, 3, 2, 1)} {
		e := newExample(c, random)
		in, dOut := mapOf(e.in, c.Batch, c.In, volume(c.Input), c.In == 16), mapOf(e.dOut, c.Batch, c.Out, volume(c.Output), true)
		k, err := New(c, kernel.DirectionForward, 2)
		if err != nil {
			t.Fatal(err)
		}
		g, err := NewWeightGradient(c, 2)
		if err != nil {
			t.Fatal(err)
		}
		scratch := nans(max(k.Workspace(), g.Workspace()))
		sink := func(worker, task, n, channel, start int, values []float32) {}
		allocations := testing.AllocsPerRun(10, func() {
			k.Run(p, in, e.weight, true, scratch, sink)
			g.Run(p, in, dOut, e.weight, scratch)
		})
		if allocations != 0 {
			t.Errorf("a run allocates %g times: %+v", allocations, c)
		}
	}
}

// A sum over a million voxels keeps its precision: added up one by one in float32 it would lose three digits.
func TestLongSums(t *testing.T) {
	const voxels, value = 1 << 20, 0.01
	c := long(1, 1, [3]int{64, 128, 128}, 1, 1, 0)
	c.Batch = 1
	narrow := long(1, 1, [3]int{64, 128, 128}, 3, 1, 1)
	narrow.Batch = 1
	in, dOut := make([]float32, 4*voxels), make([]float32, voxels)
	for i := range in {
		in[i] = 1
	}
	for i := range dOut {
		dOut[i] = value
	}
	p := kernel.NewPool(2)
	defer p.Close()
	strided := long(1, 1, [3]int{127, 255, 127}, 3, 2, 1)
	strided.Batch = 1
	for _, c := range []kernel.Convolution{c, narrow, strided} {
		g, err := NewWeightGradient(c, 2)
		if err != nil {
			t.Fatal(err)
		}
		dWeight := make([]float32, volume(c.Kernel))
		g.Run(p, kernel.Map{Data: in}, kernel.Map{Data: dOut}, dWeight, nans(g.Workspace()))
		got, want := float64(dWeight[len(dWeight)/2]), float64(volume(c.Output))*float64(float32(value))
		if math.Abs(got-want) > 5e-6*want {
			t.Errorf("the sum of %d times %g is %g, want %g: %+v", voxels, value, got, want, c)
		}
	}
}
