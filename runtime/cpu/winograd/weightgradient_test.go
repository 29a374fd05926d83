package winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// directWeightGradient is the definition, in float64: weight [o][i][k] meets in[i][v+k-PadLow] and dOut[o][v].
func directWeightGradient(c kernel.Convolution, in, dOut []float32) []float64 {
	var dWeight []float64
	row := func(maps []float32, channel int, size [3]int, z, y int) []float32 {
		return maps[((channel*size[0]+z)*size[1]+y)*size[2]:][:size[2]]
	}
	for pair := range c.Out * c.In {
		o, i := pair/c.In, pair%c.In
		for k := range c.Kernel[0] * c.Kernel[1] * c.Kernel[2] {
			shiftZ, shiftY, shiftX := k/(c.Kernel[1]*c.Kernel[2])-c.PadLow[0], k/c.Kernel[2]%c.Kernel[1]-c.PadLow[1], k%c.Kernel[2]-c.PadLow[2]
			sum := 0.0
			for n := range c.Batch {
				for z := max(0, -shiftZ); z < min(c.Output[0], c.Input[0]-shiftZ); z++ {
					for y := max(0, -shiftY); y < min(c.Output[1], c.Input[1]-shiftY); y++ {
						gradient := row(dOut, n*c.Out+o, c.Output, z, y)
						source := row(in, n*c.In+i, c.Input, z+shiftZ, y+shiftY)
						for x := max(0, -shiftX); x < min(c.Output[2], c.Input[2]-shiftX); x++ {
							sum += float64(gradient[x]) * float64(source[x+shiftX])
						}
					}
				}
			}
			dWeight = append(dWeight, sum)
		}
	}
	return dWeight
}

// blocked returns a batch of plain samples as blocked ones.
func blocked(plain []float32, batch, channels, voxels int) []float32 {
	result := make([]float32, len(plain))
	for n := range batch {
		for channel := range channels {
			for v := range voxels {
				result[((n*channels/16+channel/16)*voxels+v)*16+channel%16] = plain[(n*channels+channel)*voxels+v]
			}
		}
	}
	return result
}

// noise returns standard normal values.
func noise(random *rand.Rand, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	return values
}

// notANumber fills scratch and results before a run, so that whatever a run does not write itself shows.
func notANumber(n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(math.NaN())
	}
	return values
}

// weightGradientCase is a convolution, its tiles and the layouts of its maps.
type weightGradientCase struct {
	c               kernel.Convolution
	tile            [3]int
	inBlocked       bool
	gradientBlocked bool
	slab, chunk     int // sizes to aim at, if not 0, where a small shape would not be divided
}

// prepare returns the weight gradient of a case for a number of workers.
func (w weightGradientCase) prepare(t *testing.T, threads int) *WeightGradient {
	t.Helper()
	chunk := w.chunk
	if chunk == 0 {
		chunk = chunkFloats
	}
	g, err := newWeightGradient(w.c, w.tile, threads, w.slab, chunk)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// run returns the result on a number of workers.
func (w weightGradientCase) run(t *testing.T, in, dOut []float32, threads int) []float32 {
	t.Helper()
	g := w.prepare(t, threads)
	maps := [2]kernel.Map{}
	for i, m := range []struct {
		values   []float32
		blocked  bool
		channels int
	}{{in, w.inBlocked, w.c.In}, {dOut, w.gradientBlocked, w.c.Out}} {
		stride := len(m.values) / w.c.Batch
		values := m.values
		if m.blocked {
			values = blocked(values, w.c.Batch, m.channels, stride/m.channels)
		}
		maps[i] = kernel.Map{Data: values, Stride: stride, Blocked: m.blocked}
	}
	p := kernel.NewPool(threads)
	defer p.Close()
	dWeight := notANumber(w.c.Out * w.c.In * w.c.Kernel[0] * w.c.Kernel[1] * w.c.Kernel[2])
	g.Run(p, maps[0], maps[1], dWeight, notANumber(g.Workspace()))
	return dWeight
}

// maps returns noise for a case's input and its output's gradient.
func (w weightGradientCase) maps(random *rand.Rand) (in, dOut []float32) {
	voxels := func(s [3]int) int { return s[0] * s[1] * s[2] }
	in = noise(random, w.c.Batch*w.c.In*voxels(w.c.Input))
	dOut = noise(random, w.c.Batch*w.c.Out*voxels(w.c.Output))
	return in, dOut
}

// randomWeightGradient draws a geometry: few channels or many, odd sizes, other padding below than above.
func randomWeightGradient(random *rand.Rand) weightGradientCase {
	one := [3]int{1, 1, 1}
	channels := func() int { return []int{1, 3, 7, 8, 9, 16, 17, 32, 40, 48, 64, 70}[random.IntN(12)] }
	w := weightGradientCase{
		c:    kernel.Convolution{Batch: 1 + random.IntN(3), In: channels(), Out: channels(), Groups: 1, Stride: one, Dilation: one},
		tile: [3]int{2 + 2*random.IntN(2), 2 + 2*random.IntN(2), 2 + 2*random.IntN(2)},
	}
	for axis := range 3 {
		w.c.Kernel[axis] = []int{1, 3, 5}[random.IntN(3)]
		w.c.Output[axis] = 1 + random.IntN(9)
		w.c.PadLow[axis] = random.IntN(w.c.Kernel[axis])
		high := random.IntN(w.c.Kernel[axis])
		w.c.Input[axis] = w.c.Output[axis] + w.c.Kernel[axis] - 1 - w.c.PadLow[axis] - high
		if w.c.Input[axis] < 1 {
			w.c.Output[axis] += 1 - w.c.Input[axis]
			w.c.Input[axis] = 1
		}
	}
	w.inBlocked = w.c.In%16 == 0 && random.IntN(2) == 0
	w.gradientBlocked = w.c.Out%16 == 0 && random.IntN(2) == 0
	return w
}

// relativeError is the root of the mean square error, relative to that of the values.
func relativeError(got []float32, want []float64) float64 {
	var difference, size float64
	for i, w := range want {
		d := float64(got[i]) - w
		difference += d * d
		size += w * w
	}
	return math.Sqrt(difference / size)
}

func TestWeightGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 14))
	for i := range 40 {
		w := randomWeightGradient(random)
		t.Run(fmt.Sprint(i), func(t *testing.T) { w.test(t) })
	}
}

// test compares with float64, and the bits for several numbers of workers.
func (w weightGradientCase) test(t *testing.T) {
	in, dOut := w.maps(rand.New(rand.NewPCG(1, 2)))
	got := w.run(t, in, dOut, 1)
	if err := relativeError(got, directWeightGradient(w.c, in, dOut)); !(err < 3e-5) {
		t.Errorf("relative error %.2g for %+v in tiles of %v, input blocked %t, gradient blocked %t", err, w.c, w.tile, w.inBlocked, w.gradientBlocked)
	}
	for _, threads := range []int{2, 5} {
		if !slices.Equal(got, w.run(t, in, dOut, threads)) {
			t.Errorf("other bits with %d workers than with one", threads)
		}
	}
}

// TestWeightGradientCut goes through all the ways to divide the work, and makes sure that each case is divided as it is
// meant to be.
func TestWeightGradientCut(t *testing.T) {
	type shape struct {
		KeepTiles                             bool
		BandsPerPlane, Bands, Slabs, Parts, N int // N chunks in a slab
	}
	for name, test := range map[string]struct {
		weightGradientCase
		want shape
	}{
		"one slab": {
			weightGradientCase{c: same(2, 16, 32, 5, 9, 14, 21), tile: [3]int{4, 4, 4}, inBlocked: true, gradientBlocked: true},
			shape{false, 1, 6, 1, 1, 2},
		},
		"tiles kept": {
			weightGradientCase{c: same(1, 70, 64, 5, 4, 8, 8), tile: [3]int{2, 4, 4}, gradientBlocked: true},
			shape{true, 1, 2, 1, 1, 1},
		},
		"many tiles kept": {
			weightGradientCase{c: flat(same(1, 144, 144, 3, 9, 8, 3), 2), tile: [3]int{2, 2, 4}, inBlocked: true, gradientBlocked: true},
			shape{true, 1, 9, 1, 1, 1},
		},
		"parts": {
			weightGradientCase{c: flat(same(1, 16, 20, 3, 12, 24, 40), 1), tile: [3]int{4, 4, 4}, inBlocked: true},
			shape{false, 1, 12, 1, 5, 5},
		},
		"slabs of a band": {
			weightGradientCase{c: same(2, 20, 16, 3, 8, 21, 12), tile: [3]int{4, 4, 4}, slab: 1 << 15, chunk: 1},
			shape{false, 6, 1, 24, 1, 1},
		},
		"slabs of bands": {
			weightGradientCase{c: same(3, 16, 16, 5, 11, 9, 9), tile: [3]int{4, 4, 4}, inBlocked: true, slab: 1 << 17, chunk: 1},
			shape{false, 1, 2, 5, 1, 2},
		},
		"parts and slabs": {
			weightGradientCase{c: flat(same(3, 8, 16, 5, 11, 9, 66), 1), tile: [3]int{4, 4, 4}, gradientBlocked: true, slab: 1 << 17, chunk: 1},
			shape{false, 1, 4, 9, 8, 36},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := test.prepare(t, 1)
			c := g.cut
			got := shape{c.keepTiles, c.bandsPerPlane, c.bands, c.slabs, c.parts, ceilDiv(g.strips(), c.chunkStrips)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the cut (-want +got):\n%s", diff)
			}
			test.test(t)
		})
	}
}

// TestWeightGradientOfManyVoxels sums products of noise over a million voxels, the hardest case for the accuracy: the
// sums grow as the root of their number, so that what is lost is lost against little. With tiles of 4^3 the relative
// error was 3e-5, that of the direct kernel 5.0e-7.
func TestWeightGradientOfManyVoxels(t *testing.T) {
	w := weightGradientCase{c: same(1, 1, 1, 5, 64, 128, 128), tile: [3]int{4, 4, 4}}
	in, dOut := w.maps(rand.New(rand.NewPCG(5, 6)))
	if err := relativeError(w.run(t, in, dOut, 2), directWeightGradient(w.c, in, dOut)); !(err < 6e-5) {
		t.Errorf("relative error %.2g", err)
	}
}

func TestWeightGradientOnEveryPath(t *testing.T) {
	paths := kernel.Paths()
	defer func() {
		if err := kernel.Use(paths[0]); err != nil {
			t.Fatal(err)
		}
	}()
	for _, path := range paths {
		if err := kernel.Use(path); err != nil {
			t.Fatal(err)
		}
		for _, c := range []kernel.Convolution{same(1, 20, 16, 5, 5, 6, 9), same(1, 48, 33, 3, 4, 4, 4)} {
			t.Run(fmt.Sprint(path, c.In), func(t *testing.T) {
				weightGradientCase{c: c, tile: [3]int{4, 2, 4}}.test(t)
			})
		}
	}
}

// Not even the first run of a weight gradient allocates.
func TestWeightGradientAllocatesNothing(t *testing.T) {
	p := kernel.NewPool(2)
	defer p.Close()
	for _, c := range []kernel.Convolution{same(1, 16, 16, 5, 8, 8, 8), same(1, 48, 48, 3, 4, 4, 4)} {
		w := weightGradientCase{c: c, tile: [3]int{4, 4, 4}}
		const runs = 3
		var fresh []*WeightGradient // one for each run, and for that which AllocsPerRun does not count
		for range runs + 1 {
			fresh = append(fresh, w.prepare(t, 2))
		}
		in, dOut := w.maps(rand.New(rand.NewPCG(1, 2)))
		dWeight, scratch := make([]float32, c.In*c.Out*fresh[0].taps()), make([]float32, fresh[0].Workspace())
		if n := testing.AllocsPerRun(runs, func() {
			g := fresh[0]
			fresh = fresh[1:]
			g.Run(p, kernel.Map{Data: in}, kernel.Map{Data: dOut}, dWeight, scratch)
		}); n != 0 {
			t.Errorf("%+v: a first run allocates %v times", c, n)
		}
	}
}

func TestNewWeightGradientRefuses(t *testing.T) {
	strided := same(1, 16, 16, 5, 8, 8, 8)
	strided.Stride[1] = 2
	for want, c := range map[string]kernel.Convolution{
		"weight gradient: winograd: along y, stride 2 and dilation 1, not 1 and 1": strided,
		"weight gradient: winograd: along z, a kernel of 7, not 1, 3 or 5":         same(1, 16, 16, 7, 8, 8, 8),
	} {
		if _, err := NewWeightGradient(c, [3]int{4, 4, 4}, 1); err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}

// same is a convolution with a cubic kernel whose output has the size of its input.
func same(batch, in, out, taps, z, y, x int) kernel.Convolution {
	one, size, pad := [3]int{1, 1, 1}, [3]int{z, y, x}, taps/2
	return kernel.Convolution{
		Batch: batch, In: in, Out: out, Groups: 1, Input: size, Output: size,
		Kernel: [3]int{taps, taps, taps}, Stride: one, PadLow: [3]int{pad, pad, pad}, Dilation: one,
	}
}

// flat takes the taps along the first axes away.
func flat(c kernel.Convolution, axes int) kernel.Convolution {
	for axis := range axes {
		c.Kernel[axis], c.PadLow[axis] = 1, 0
	}
	return c
}
