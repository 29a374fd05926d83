package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// naive is a convolution in float64 loops: the definition. It returns the value of the output and the gradients of
// input and weights for the output gradient dOut.
func naive(c Convolution, in, weight, dOut []float32) (out, dIn, dWeight []float64) {
	out = make([]float64, c.Batch*c.Out*volume(c.Output))
	dIn = make([]float64, len(in))
	dWeight = make([]float64, len(weight))
	sources := c.sources()
	perGroup, taps := c.In/c.Groups, volume(c.Kernel)
	for n := range c.Batch {
		for o := range c.Out {
			for i := range perGroup {
				channel := (n*c.In + o/(c.Out/c.Groups)*perGroup + i) * volume(c.Input)
				for at, source := range sources {
					if source < 0 {
						continue
					}
					x, w, y := channel+source, (o*perGroup+i)*taps+at%taps, (n*c.Out+o)*volume(c.Output)+at/taps
					out[y] += float64(weight[w]) * float64(in[x])
					dIn[x] += float64(weight[w]) * float64(dOut[y])
					dWeight[w] += float64(in[x]) * float64(dOut[y])
				}
			}
		}
	}
	return out, dIn, dWeight
}

// sources returns the input voxel that each tap of each output voxel reads, or -1 outside the input.
func (c Convolution) sources() []int {
	var list []int
	for v := range volume(c.Output) {
		for k := range volume(c.Kernel) {
			source := 0
			for axis, stride := range [3][2]int{{c.Output[1] * c.Output[2], c.Kernel[1] * c.Kernel[2]}, {c.Output[2], c.Kernel[2]}, {1, 1}} {
				at, tap := v/stride[0]%c.Output[axis], k/stride[1]%c.Kernel[axis]
				x := at*c.Stride[axis] + tap*c.Dilation[axis] - c.PadLow[axis]
				if x < 0 || x >= c.Input[axis] || source < 0 {
					source = -1
					continue
				}
				source = source*c.Input[axis] + x
			}
			list = append(list, source)
		}
	}
	return list
}

// randomConvolution draws a small geometry; every field takes unusual values now and then.
func randomConvolution(random *rand.Rand) Convolution {
	groups := []int{1, 1, 1, 2, 3}[random.IntN(5)]
	c := Convolution{
		Batch:  1 + random.IntN(2),
		Groups: groups,
		In:     groups * (1 + random.IntN(9)),
		Out:    groups * []int{1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 21}[random.IntN(11)],
	}
	for axis := range 3 {
		c.Kernel[axis] = []int{1, 1, 2, 3, 3, 5}[random.IntN(6)]
		c.Stride[axis] = []int{1, 1, 1, 2, 2, 3}[random.IntN(6)]
		c.Dilation[axis] = []int{1, 1, 1, 2, 3}[random.IntN(5)]
		c.PadLow[axis] = random.IntN(5)
		c.Output[axis] = 1 + random.IntN(9)
		if axis == 2 {
			c.Output[axis] = 1 + random.IntN(40)
		}
		// The input that Output needs without any high padding, then a little more or less.
		span := (c.Output[axis]-1)*c.Stride[axis] + (c.Kernel[axis]-1)*c.Dilation[axis] + 1 - c.PadLow[axis]
		c.Input[axis] = max(1, span+random.IntN(7)-3)
	}
	return c
}

// guard is a slice with canaries around it.
type guard struct{ whole, values []float32 }

const canary = 1234.5

func newGuard(n int, fill float32) guard {
	whole := make([]float32, n+128)
	for i := range whole {
		whole[i] = canary
	}
	values := whole[64 : 64+n : 64+n]
	for i := range values {
		values[i] = fill
	}
	return guard{whole, values}
}

func (g guard) check(t *testing.T, name string) {
	t.Helper()
	for i, value := range g.whole {
		if (i < 64 || i >= 64+len(g.values)) && value != canary {
			t.Fatalf("%s: value %d beyond the slice of %d values was overwritten", name, i-64, len(g.values))
		}
	}
}

// compare fails when got differs from want by more than rounding of sums of that size explains.
func compare(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	scale := 0.0
	for _, value := range want {
		scale = max(scale, math.Abs(value))
	}
	for i := range want {
		if difference := math.Abs(float64(got[i]) - want[i]); !(difference <= 2e-6*scale+1e-6) {
			t.Fatalf("%s: value %d is %g, want %g", name, i, got[i], want[i])
		}
	}
}

func randomValues(random *rand.Rand, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	return values
}

// eachPath runs f with every implementation that this machine has.
func eachPath(t *testing.T, f func(t *testing.T)) {
	defer func(before string) {
		if err := Use(before); err != nil {
			t.Fatal(err)
		}
	}(active.name)
	for _, name := range Paths() {
		if err := Use(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}

// spread puts the samples of a dense batch size values apart.
func spread(dense []float32, batch, stride int) View {
	size := len(dense) / batch
	view := View{make([]float32, (batch-1)*stride+size), stride}
	for i := range view.Data {
		view.Data[i] = float32(math.NaN())
	}
	for n := range batch {
		copy(view.Data[n*stride:], dense[n*size:(n+1)*size])
	}
	return view
}

// convolutionCase is a geometry with operands and the reference's results.
type convolutionCase struct {
	c                           Convolution
	weight                      []float32
	in, dOut                    View
	wantOut, wantIn, wantWeight []float64
}

func newConvolutionCase(t *testing.T, c Convolution, random *rand.Rand) convolutionCase {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	inSize, outSize := c.In*volume(c.Input), c.Out*volume(c.Output)
	in, dOut := randomValues(random, c.Batch*inSize), randomValues(random, c.Batch*outSize)
	k := convolutionCase{c: c, weight: randomValues(random, c.weights())}
	k.in, k.dOut = spread(in, c.Batch, inSize+3), spread(dOut, c.Batch, outSize+5)
	k.wantOut, k.wantIn, k.wantWeight = naive(c, in, k.weight, dOut)
	return k
}

// check runs the three directions on the active path, with and without an epilogue, over NaN scratch and outputs.
func (k convolutionCase) check(t *testing.T, pool *Pool) {
	t.Helper()
	c, nan, name := k.c, float32(math.NaN()), fmt.Sprintf("%+v", k.c)
	for _, fused := range []bool{false, true} {
		scratch, out := newGuard(c.Workspace(DirectionForward), nan), newGuard(len(k.wantOut), nan)
		size := volume(c.Output)
		Forward(pool, c, View{out.values, c.Out * size}, k.in, k.weight, scratch.values, epilogueInto(fused, out.values, c.Out, size))
		compare(t, "forward "+name, out.values, k.wantOut)
		scratch.check(t, "forward scratch "+name)
		out.check(t, "forward "+name)

		scratch, dIn := newGuard(c.Workspace(DirectionInputGradient), nan), newGuard(len(k.wantIn), nan)
		size = volume(c.Input)
		InputGradient(pool, c, View{dIn.values, c.In * size}, k.dOut, k.weight, scratch.values, epilogueInto(fused, dIn.values, c.In, size))
		compare(t, "input gradient "+name, dIn.values, k.wantIn)
		scratch.check(t, "input gradient scratch "+name)
		dIn.check(t, "input gradient "+name)
	}
	scratch, dWeight := newGuard(c.Workspace(DirectionWeightGradient), nan), newGuard(len(k.wantWeight), nan)
	WeightGradient(pool, c, dWeight.values, k.in, k.dOut, scratch.values)
	compare(t, "weight gradient "+name, dWeight.values, k.wantWeight)
	scratch.check(t, "weight gradient scratch "+name)
	dWeight.check(t, "weight gradient "+name)
}

// epilogueInto stores runs as the convolution would, or adds nothing and returns nil when it is to store by itself. A
// voxel that is handed over twice shows, because the target is NaN at first and the sum of two is wrong.
func epilogueInto(fused bool, target []float32, channels, size int) Epilogue {
	if !fused {
		return nil
	}
	return func(_, n, channel, start int, values []float32) {
		to := target[(n*channels+channel)*size+start:][:len(values)]
		for i, value := range values {
			if to[i] == to[i] {
				value = float32(math.Inf(1))
			}
			to[i] = value
			values[i] = float32(math.NaN())
		}
	}
}

func TestConvolutionRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var cases []convolutionCase
	for range 60 {
		cases = append(cases, newConvolutionCase(t, randomConvolution(random), random))
	}
	eachPath(t, func(t *testing.T) {
		pool := NewPool(3)
		defer pool.Close()
		for _, k := range cases {
			k.check(t, pool)
		}
	})
}

// blockCases cross the sizes at which a contraction is cut into blocks.
func blockCases() []Convolution {
	plain := func(in, out int, input, kernel, stride [3]int) Convolution {
		c := Convolution{Batch: 1, In: in, Out: out, Groups: 1, Input: input, Kernel: kernel, Stride: stride, Dilation: cube(1)}
		for axis := range 3 {
			c.PadLow[axis] = (kernel[axis] - 1) / 2
			c.Output[axis] = (input[axis] + stride[axis] - 1) / stride[axis]
		}
		return c
	}
	return []Convolution{
		plain(2, 70, [3]int{3, 40, 70}, [3]int{1, 1, 1}, cube(1)), // chunks of rows, blocks along z and y
		plain(2, 3, [3]int{2, 2, 2500}, [3]int{1, 2, 3}, cube(1)), // blocks along x
		plain(1, 2, [3]int{2, 3, 4200}, [3]int{1, 1, 2}, [3]int{1, 2, 2}),
		plain(600, 5, [3]int{1, 2, 3}, [3]int{1, 1, 1}, cube(1)),      // several passes over the channels
		plain(1, 2, [3]int{3, 3, 3}, [3]int{17, 17, 17}, cube(1)),     // several calls per pass
		plain(2, 3, [3]int{16, 16, 34}, [3]int{16, 16, 16}, cube(16)), // patches
		plain(9, 40, [3]int{5, 20, 20}, [3]int{3, 3, 3}, cube(1)),     // chunks of columns
	}
}

func TestConvolutionBlocks(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	var cases []convolutionCase
	for _, c := range blockCases() {
		cases = append(cases, newConvolutionCase(t, c, random))
	}
	eachPath(t, func(t *testing.T) {
		pool := NewPool(2)
		defer pool.Close()
		for _, k := range cases {
			k.check(t, pool)
		}
	})
}

// TestThreadsChangeNothing holds the bits of every direction to those of one thread.
func TestThreadsChangeNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	var cases []convolutionCase
	for range 6 {
		cases = append(cases, newConvolutionCase(t, randomConvolution(random), random))
	}
	cases = append(cases, newConvolutionCase(t, blockCases()[0], random))
	eachPath(t, func(t *testing.T) {
		for i, k := range cases {
			var first []float32
			for _, threads := range []int{1, 2, 3, 16, 1} {
				pool := NewPool(threads)
				got := k.results(pool)
				pool.Close()
				if first == nil {
					first = got
				}
				for j := range got {
					if !same(got[j], first[j]) {
						t.Fatalf("case %d: value %d with %d threads is %b, with one %b", i, j, threads, got[j], first[j])
					}
				}
			}
		}
	})
}

// results returns the values of the three directions, one after another.
func (k convolutionCase) results(pool *Pool) []float32 {
	c := k.c
	all := make([]float32, len(k.wantOut)+len(k.wantIn)+len(k.wantWeight))
	out, dIn := all[:len(k.wantOut)], all[len(k.wantOut):][:len(k.wantIn)]
	scratch := make([]float32, max(c.Workspace(DirectionForward), c.Workspace(DirectionInputGradient), c.Workspace(DirectionWeightGradient)))
	Forward(pool, c, View{out, c.Out * volume(c.Output)}, k.in, k.weight, scratch, nil)
	InputGradient(pool, c, View{dIn, c.In * volume(c.Input)}, k.dOut, k.weight, scratch, nil)
	WeightGradient(pool, c, all[len(out)+len(dIn):], k.in, k.dOut, scratch)
	return all
}

func TestRunningAllocatesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	k := newConvolutionCase(t, randomConvolution(random), random)
	c := k.c
	pool := NewPool(2)
	defer pool.Close()
	out, dIn, dWeight := make([]float32, len(k.wantOut)), make([]float32, len(k.wantIn)), make([]float32, len(k.wantWeight))
	scratch := make([]float32, max(c.Workspace(DirectionForward), c.Workspace(DirectionInputGradient), c.Workspace(DirectionWeightGradient)))
	allocations := testing.AllocsPerRun(10, func() {
		Forward(pool, c, View{out, c.Out * volume(c.Output)}, k.in, k.weight, scratch, nil)
		InputGradient(pool, c, View{dIn, c.In * volume(c.Input)}, k.dOut, k.weight, scratch, nil)
		WeightGradient(pool, c, dWeight, k.in, k.dOut, scratch)
		MatMul(pool, 1, 2, 3, 1, out, dIn, scratch, false, true, scratch[6:])
		Add(out, out, out)
	})
	if allocations != 0 {
		t.Errorf("a run allocates %g times", allocations)
	}
}

func cube(n int) [3]int { return [3]int{n, n, n} }
