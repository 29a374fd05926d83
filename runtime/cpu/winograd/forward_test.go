package winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// reference computes a contraction of one sample in float64: in [channels][z][y][x], weight as the model has it.
func reference(c kernel.Convolution, d kernel.Direction, in, weight []float32) []float64 {
	outputs := c.Out * volumeOf(c.Output)
	if d == kernel.DirectionInputGradient {
		outputs = c.In * volumeOf(c.Input)
	}
	result := make([]float64, outputs)
	index := func(size [3]int, channel, z, y, x int) int { return ((channel*size[0]+z)*size[1]+y)*size[2] + x }
	taps := volumeOf(c.Kernel)
	for o := range c.Out {
		for i := range c.In {
			w := weight[(o*c.In+i)*taps:]
			each(c.Output, func(z, y, x int) {
				for kz := range c.Kernel[0] {
					for ky := range c.Kernel[1] {
						for kx := range c.Kernel[2] {
							iz, iy, ix := z+kz-c.PadLow[0], y+ky-c.PadLow[1], x+kx-c.PadLow[2]
							if iz < 0 || iy < 0 || ix < 0 || iz >= c.Input[0] || iy >= c.Input[1] || ix >= c.Input[2] {
								continue
							}
							value := float64(w[(kz*c.Kernel[1]+ky)*c.Kernel[2]+kx])
							if d == kernel.DirectionForward {
								result[index(c.Output, o, z, y, x)] += value * float64(in[index(c.Input, i, iz, iy, ix)])
							} else {
								result[index(c.Input, i, iz, iy, ix)] += value * float64(in[index(c.Output, o, z, y, x)])
							}
						}
					}
				}
			})
		}
	}
	return result
}

func each(size [3]int, f func(z, y, x int)) {
	for z := range size[0] {
		for y := range size[1] {
			for x := range size[2] {
				f(z, y, x)
			}
		}
	}
}

func volumeOf(size [3]int) int { return size[0] * size[1] * size[2] }

// output collects what a Sink is handed.
type output struct {
	t                *testing.T
	channels, voxels int
	blocked          bool
	tasks            int

	mu     sync.Mutex
	values []float32 // plain
	count  []int     // times that each value was handed over
	worker map[int]int
}

func newOutput(t *testing.T, batch, channels, voxels int, blocked bool, tasks int) *output {
	n := batch * channels * voxels
	return &output{t: t, channels: channels, voxels: voxels, blocked: blocked, tasks: tasks,
		values: make([]float32, n), count: make([]int, n), worker: map[int]int{}}
}

func (o *output) sink(worker, task, n, channel, start int, values []float32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if before, ok := o.worker[task]; task < 0 || task >= o.tasks || ok && before != worker {
		o.t.Errorf("task %d of %d of workers %d and %d", task, o.tasks, before, worker)
	}
	o.worker[task] = worker
	for i, value := range values {
		at := channel*o.voxels + start + i
		if o.blocked {
			at = (channel*16+i%16)*o.voxels + start + i/16
		}
		o.values[n*o.channels*o.voxels+at] = value
		o.count[n*o.channels*o.voxels+at]++
		values[i] = float32(math.NaN()) // the callee may
	}
}

// check compares with the reference and returns the relative error.
func (o *output) check(want []float64) float64 {
	for i, n := range o.count {
		if n != 1 {
			o.t.Fatalf("value %d of %d was handed over %d times", i, len(o.count), n)
		}
	}
	var difference, norm float64
	for i, w := range want {
		difference += (float64(o.values[i]) - w) * (float64(o.values[i]) - w)
		norm += w * w
	}
	return math.Sqrt(difference / norm)
}

// problem is a contraction with its operands.
type problem struct {
	c         kernel.Convolution
	d         kernel.Direction
	tile      [3]int
	in        []float32 // plain
	weight    []float32
	from, to  int // channels
	fromVoxel int
	toVoxel   int
}

func newProblem(c kernel.Convolution, d kernel.Direction, tile [3]int, random *rand.Rand) *problem {
	p := &problem{c: c, d: d, tile: tile, from: c.In, to: c.Out, fromVoxel: volumeOf(c.Input), toVoxel: volumeOf(c.Output)}
	if d == kernel.DirectionInputGradient {
		p.from, p.to, p.fromVoxel, p.toVoxel = p.to, p.from, p.toVoxel, p.fromVoxel
	}
	p.in = noise(random, c.Batch*p.from*p.fromVoxel)
	p.weight = noise(random, c.Out*c.In*volumeOf(c.Kernel))
	return p
}

// input returns the operand, blocked if it is to be.
func (p *problem) input(asBlocks bool) kernel.Map {
	m := kernel.Map{Data: p.in, Stride: p.from * p.fromVoxel, Blocked: asBlocks}
	if asBlocks {
		m.Data = blocked(p.in, p.c.Batch, p.from, p.fromVoxel)
	}
	return m
}

func (p *problem) want() []float64 {
	var want []float64
	for n := range p.c.Batch {
		stride := p.from * p.fromVoxel
		want = append(want, reference(p.c, p.d, p.in[n*stride:][:stride], p.weight)...)
	}
	return want
}

// run computes the problem with scratch full of NaN.
func (p *problem) run(t *testing.T, threads int, inBlocked, outBlocked bool, change func(f *Forward)) *output {
	t.Helper()
	f, err := NewForward(p.c, p.d, p.tile, threads)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(f)
	}
	pool := kernel.NewPool(threads)
	defer pool.Close()
	u, scratch := notANumber(f.Weights()), notANumber(f.Workspace())
	f.TransformWeights(pool, p.weight, u, scratch)
	o := newOutput(t, p.c.Batch, p.to, p.toVoxel, outBlocked, f.Tasks())
	f.Run(pool, p.input(inBlocked), u, outBlocked, scratch, o.sink)
	return o
}

// randomConvolution draws a geometry that Supports allows and a direct sum can follow: long axes and short, channels
// that fill blocks and that do not, other padding below than above.
func randomConvolution(random *rand.Rand) (kernel.Convolution, [3]int) {
	ones := [3]int{1, 1, 1}
	for {
		c := kernel.Convolution{Batch: 1 + random.IntN(2), In: 1 + random.IntN(70), Out: 1 + random.IntN(70), Groups: 1, Stride: ones, Dilation: ones}
		if random.IntN(2) == 0 {
			c.In, c.Out = 16*(1+random.IntN(4)), 16*(1+random.IntN(4))
		}
		var tile [3]int
		for i := range 3 {
			c.Kernel[i] = 1 + 2*random.IntN(3)
			tile[i] = 2 + 2*random.IntN(2)
			c.PadLow[i] = random.IntN(c.Kernel[i])
			high := random.IntN(c.Kernel[i])
			c.Output[i] = 1 + random.IntN([]int{5, 13, 75}[random.IntN(3)])
			c.Input[i] = c.Output[i] + c.Kernel[i] - 1 - c.PadLow[i] - high
			if c.Input[i] < 1 {
				c.Output[i] += 1 - c.Input[i]
				c.Input[i] = 1
			}
		}
		if c.FLOPs() < 5e7 {
			return c, tile
		}
	}
}

// tolerance bounds the relative error in the least squares sense; the worst tiles have 1e-4 on few voxels.
const tolerance = 5e-5

func TestForwardAgainstDirect(t *testing.T) {
	defer func(before string) { _ = kernel.Use(before) }(kernel.Active())
	for seed := range uint64(60) {
		if err := kernel.Use(kernel.Paths()[seed%uint64(len(kernel.Paths()))]); err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(seed, 1))
		c, tile := randomConvolution(random)
		for _, d := range []kernel.Direction{kernel.DirectionForward, kernel.DirectionInputGradient} {
			t.Run(fmt.Sprint(seed, d, c.In, c.Out, c.Input, c.Output, c.Kernel, tile), func(t *testing.T) {
				p := newProblem(c, d, tile, random)
				inBlocked, outBlocked := p.from%16 == 0 && random.IntN(2) == 0, p.to%16 == 0 && random.IntN(2) == 0
				if e := p.run(t, 1+int(seed%2), inBlocked, outBlocked, nil).check(p.want()); !(e < tolerance) {
					t.Errorf("the relative error is %.2g", e)
				}
			})
		}
	}
}

// Rows of more columns than a transform takes at once, at the edges of the map, where some of what it reads is zero.
func TestForwardOfLongRows(t *testing.T) {
	c := same(1, 16, 2, 3, 2, 3, 2*blockedSegment+70)
	for _, blocked := range []bool{false, true} {
		p := newProblem(c, kernel.DirectionForward, [3]int{2, 4, 4}, rand.New(rand.NewPCG(9, 10)))
		if e := p.run(t, 2, blocked, false, nil).check(p.want()); !(e < tolerance) {
			t.Errorf("input blocked %v: the relative error is %.2g", blocked, e)
		}
	}
}

// The bits are those of one thread and of the plan of the layer, however the work is cut.
func TestForwardSameBitsForEveryCut(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	c := kernel.Convolution{
		Batch: 2, In: 17, Out: 48, Groups: 1, Input: [3]int{4, 19, 21}, Output: [3]int{4, 18, 22},
		Kernel: [3]int{5, 3, 5}, Stride: [3]int{1, 1, 1}, PadLow: [3]int{2, 0, 1}, Dilation: [3]int{1, 1, 1},
	}
	p := newProblem(c, kernel.DirectionForward, [3]int{2, 4, 4}, random)
	first := p.run(t, 1, false, true, nil)
	if e := first.check(p.want()); !(e < tolerance) {
		t.Fatalf("the relative error is %.2g", e)
	}
	cuts := []plan{
		{strip: 6, strips: 1, rows: 1, taskRows: 1},
		{strip: 6, strips: 2, rows: 2, taskRows: 5},
		{strip: 2, strips: 2, rows: 1, taskRows: 3},
		{strip: 1, strips: 7, rows: 3, taskRows: 3},
		{strip: 5, strips: 9, rows: 2, taskRows: 4},
		{shared: true, strip: 6, strips: 4, layers: 4, splits: 1},
		{shared: true, strip: 4, strips: 3, layers: 3, splits: 2},
		{shared: true, strip: 1, strips: 1, layers: 1, splits: 3},
	}
	for _, threads := range []int{1, 2, 5} {
		for i := -1; i < len(cuts); i++ {
			o := p.run(t, threads, false, true, func(f *Forward) {
				if i >= 0 {
					f.layOut(cuts[i])
				}
			})
			if !slices.Equal(first.values, o.values) {
				t.Fatalf("cut %d on %d threads gives other bits", i, threads)
			}
			o.check(nil)
		}
	}
}

// Not even the first run of a contraction allocates.
func TestForwardAllocatesNothing(t *testing.T) {
	c := sameConvolution(16, [3]int{4, 9, 7}, 3)
	pool := kernel.NewPool(2)
	defer pool.Close()
	for _, shared := range []bool{false, true} {
		p := newProblem(c, kernel.DirectionForward, [3]int{2, 2, 4}, rand.New(rand.NewPCG(5, 6)))
		const runs = 3
		var fresh []*Forward // one for each run, and for that which AllocsPerRun does not count
		for range runs + 1 {
			f, err := NewForward(p.c, p.d, p.tile, 2)
			if err != nil {
				t.Fatal(err)
			}
			f.layOut(plan{shared: shared, strip: 2, strips: 1, rows: 1, taskRows: 2, layers: 1, splits: 1})
			fresh = append(fresh, f)
		}
		in, u, scratch := p.input(false), make([]float32, fresh[0].Weights()), make([]float32, fresh[0].Workspace())
		sink := func(worker, task, n, channel, start int, values []float32) {}
		if n := testing.AllocsPerRun(runs, func() {
			f := fresh[0]
			fresh = fresh[1:]
			f.TransformWeights(pool, p.weight, u, scratch)
			f.Run(pool, in, u, false, scratch, sink)
		}); n != 0 {
			t.Errorf("shared %v: a first run allocates %g times", shared, n)
		}
	}
}

func TestSupports(t *testing.T) {
	tests := []struct {
		name   string
		change func(c *kernel.Convolution, tile *[3]int)
		want   string // part of the message; empty for none
	}{
		{"good", func(c *kernel.Convolution, tile *[3]int) {}, ""},
		{"one tap", func(c *kernel.Convolution, tile *[3]int) { c.Kernel[0], c.PadLow[0], tile[0] = 1, 0, 7 }, ""},
		{"no high padding", func(c *kernel.Convolution, tile *[3]int) { c.Output[2] = 6 }, ""},
		{"impossible", func(c *kernel.Convolution, tile *[3]int) { c.Batch = 0 }, "batch 0"},
		{"groups", func(c *kernel.Convolution, tile *[3]int) { c.Groups = 2 }, "2 groups"},
		{"stride", func(c *kernel.Convolution, tile *[3]int) { c.Stride[1] = 2 }, "along y, stride 2"},
		{"dilation", func(c *kernel.Convolution, tile *[3]int) { c.Dilation[2] = 2 }, "along x, stride 1 and dilation 2"},
		{"kernel", func(c *kernel.Convolution, tile *[3]int) { c.Kernel[0] = 7 }, "along z, a kernel of 7"},
		{"tile", func(c *kernel.Convolution, tile *[3]int) { tile[2] = 3 }, "along x, tiles of 3"},
		{"low padding", func(c *kernel.Convolution, tile *[3]int) { c.PadLow[1] = 5 }, "along y, padding 5 and -1"},
		{"high padding", func(c *kernel.Convolution, tile *[3]int) { c.Output[1] = 11 }, "along y, padding 2 and 5"},
		{"cropping", func(c *kernel.Convolution, tile *[3]int) { c.Output[1] = 5 }, "along y, padding 2 and -1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, tile := sameConvolution(4, [3]int{8, 8, 8}, 5), [3]int{4, 4, 2}
			test.change(&c, &tile)
			_, err := NewForward(c, kernel.DirectionForward, tile, 1)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if err := Supports(sameConvolution(4, [3]int{8, 8, 8}, 5), kernel.Direction(3), [3]int{4, 4, 4}); err == nil {
		t.Error("an unknown direction is supported")
	}
}
