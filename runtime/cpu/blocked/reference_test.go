package blocked

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// example is a geometry with random operands, dense and plain, and the results of the definition in float64.
type example struct {
	c                 kernel.Convolution
	in, weight, dOut  []float32
	out, dIn, dWeight []float64
}

func newExample(c kernel.Convolution, random *rand.Rand) *example {
	values := func(n int) []float32 {
		list := make([]float32, n)
		for i := range list {
			list[i] = float32(random.NormFloat64())
		}
		return list
	}
	e := &example{
		c:      c,
		in:     values(c.Batch * c.In * volume(c.Input)),
		weight: values(c.Out * c.In * volume(c.Kernel)),
		dOut:   values(c.Batch * c.Out * volume(c.Output)),
	}
	e.out, e.dIn, e.dWeight = make([]float64, len(e.dOut)), make([]float64, len(e.in)), make([]float64, len(e.weight))
	e.define()
	return e
}

// define visits every product of the definition of a convolution.
func (e *example) define() {
	c, taps := e.c, volume(e.c.Kernel)
	for voxel := range volume(c.Output) {
		for tap := range taps {
			source, ok := c.Input, true
			for axis, at := range coordinates(voxel, c.Output) {
				source[axis] = at*c.Stride[axis] + coordinates(tap, c.Kernel)[axis]*c.Dilation[axis] - c.PadLow[axis]
				ok = ok && source[axis] >= 0 && source[axis] < c.Input[axis]
			}
			if !ok {
				continue
			}
			at := (source[0]*c.Input[1]+source[1])*c.Input[2] + source[2]
			for n := range c.Batch {
				for o := range c.Out {
					for i := range c.In {
						x, w, y := (n*c.In+i)*volume(c.Input)+at, (o*c.In+i)*taps+tap, (n*c.Out+o)*volume(c.Output)+voxel
						e.out[y] += float64(e.weight[w]) * float64(e.in[x])
						e.dIn[x] += float64(e.weight[w]) * float64(e.dOut[y])
						e.dWeight[w] += float64(e.in[x]) * float64(e.dOut[y])
					}
				}
			}
		}
	}
}

func coordinates(i int, size [3]int) [3]int {
	return [3]int{i / size[2] / size[1], i / size[2] % size[1], i % size[2]}
}

// mapOf lays a dense plain batch out, with a gap of NaN between samples.
func mapOf(dense []float32, batch, channels, voxels int, isBlocked bool) kernel.Map {
	const gap = 32
	m := kernel.Map{Data: nans(batch * (channels*voxels + gap)), Stride: channels*voxels + gap, Blocked: isBlocked}
	for n := range batch {
		for channel := range channels {
			for voxel := range voxels {
				to := channel*voxels + voxel
				if isBlocked {
					to = (channel/16*voxels+voxel)*16 + channel%16
				}
				m.Data[n*m.Stride+to] = dense[(n*channels+channel)*voxels+voxel]
			}
		}
	}
	return m
}

func nans(n int) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(math.NaN())
	}
	return list
}

// collector is a sink that stores what it gets as a dense plain batch. What it gets twice becomes infinite.
type collector struct {
	channels, voxels int
	isBlocked        bool
	values           []float32
	faults           []string // one per worker
	last             []int    // task of each worker
	owner            []int    // worker+1 of each task
}

func newCollector(k kernel.Convolver, batch, channels, voxels int, isBlocked bool, workers int) *collector {
	return &collector{
		channels: channels, voxels: voxels, isBlocked: isBlocked, values: nans(batch * channels * voxels),
		faults: make([]string, workers), last: make([]int, workers), owner: make([]int, k.Tasks()),
	}
}

func (s *collector) sink(worker, task, n, channel, start int, values []float32) {
	if s.owner[task] != 0 && s.owner[task] != worker+1 || s.owner[task] != 0 && s.last[worker] != task {
		s.faults[worker] = fmt.Sprintf("task %d is split", task)
	}
	s.owner[task], s.last[worker] = worker+1, task
	lanes := 1
	if s.isBlocked {
		lanes = 16
	}
	for i, value := range values {
		at := (n*s.channels+channel*lanes+i%lanes)*s.voxels + start + i/lanes
		if s.values[at] == s.values[at] {
			value = float32(math.Inf(1))
		}
		s.values[at] = value
		values[i] = float32(math.NaN())
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
		if difference := math.Abs(float64(got[i]) - want[i]); !(difference <= 3e-6*scale+1e-6) {
			t.Fatalf("%s: value %d is %g, want %g", name, i, got[i], want[i])
		}
	}
}

// layouts lists the layouts that a map of so many channels can have.
func layouts(channels int) []bool {
	if channels%16 == 0 {
		return []bool{false, true}
	}
	return []bool{false}
}

func pick[T any](random *rand.Rand, list ...T) T { return list[random.IntN(len(list))] }

// randomProduct draws a geometry whose kernel equals its stride.
func randomProduct(random *rand.Rand) kernel.Convolution {
	c := kernel.Convolution{
		Batch: pick(random, 1, 2), Groups: 1, Dilation: [3]int{1, 1, 1},
		In:  pick(random, 1, 2, 5, 16, 17, 32, 48, 1+random.IntN(70)),
		Out: pick(random, 1, 2, 7, 16, 31, 32, 48, 1+random.IntN(70)),
	}
	unit := random.IntN(3) == 0
	for axis := range 3 {
		stride := pick(random, 1, 1, 2, 2, 3)
		if unit {
			stride = 1
		}
		c.Stride[axis], c.Kernel[axis] = stride, stride
		c.Output[axis] = 1 + random.IntN(5)
		if axis == 2 {
			c.Output[axis] = 1 + random.IntN(20)
		}
		c.Input[axis] = c.Output[axis]*stride + random.IntN(stride)
	}
	return c
}

// randomNarrow draws a geometry of few channels with a kernel that overlaps itself.
func randomNarrow(random *rand.Rand) kernel.Convolution {
	c := kernel.Convolution{
		Batch: pick(random, 1, 2), Groups: 1, Dilation: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1},
		In: 1 + random.IntN(4), Out: pick(random, 1, 3, 16, 32, 1+random.IntN(70)),
	}
	for axis := range 3 {
		c.Kernel[axis] = pick(random, 1, 2, 3, 3, 5, 9)
		c.PadLow[axis] = random.IntN(4)
		c.Output[axis] = 1 + random.IntN(5)
		if axis == 2 {
			c.Output[axis] = 1 + random.IntN(20)
		}
		c.Input[axis] = max(1, c.Output[axis]+c.Kernel[axis]-1-c.PadLow[axis]-random.IntN(4))
	}
	return c
}

// randomTaps draws a geometry of any kernel, stride, dilation and padding.
func randomTaps(random *rand.Rand) kernel.Convolution {
	c := kernel.Convolution{
		Batch: pick(random, 1, 2), Groups: 1,
		In:  pick(random, 1, 5, 16, 17, 32, 48, 1+random.IntN(40)),
		Out: pick(random, 1, 7, 16, 31, 32, 48, 1+random.IntN(40)),
	}
	for axis := range 3 {
		c.Kernel[axis] = pick(random, 1, 2, 3, 3, 4, 5, 7)
		c.Stride[axis] = pick(random, 1, 1, 2, 2, 3, 5)
		c.Dilation[axis] = pick(random, 1, 1, 2, 3)
		c.PadLow[axis] = random.IntN(4)
		c.Output[axis] = 1 + random.IntN(4)
		if axis == 2 {
			c.Output[axis] = 1 + random.IntN(16)
		}
		reach := (c.Output[axis]-1)*c.Stride[axis] + (c.Kernel[axis]-1)*c.Dilation[axis] + 1
		c.Input[axis] = max(1, reach-c.PadLow[axis]-random.IntN(4)+random.IntN(4))
	}
	return c
}

// long is a product or a narrow convolution whose rows are cut, and whose pieces end in a rest.
func long(in, out int, size [3]int, window, stride, low int) kernel.Convolution {
	c := kernel.Convolution{Batch: 2, In: in, Out: out, Groups: 1, Dilation: [3]int{1, 1, 1}, Input: size}
	for axis := range 3 {
		c.Kernel[axis], c.Stride[axis], c.PadLow[axis] = window, stride, low
		c.Output[axis] = (size[axis]+2*low-window)/stride + 1
	}
	return c
}

// eachPath runs f with every implementation that this machine has.
func eachPath(t *testing.T, f func(t *testing.T)) {
	defer func() {
		if err := kernel.Use(kernel.Paths()[0]); err != nil {
			t.Fatal(err)
		}
	}()
	for _, name := range kernel.Paths() {
		if err := kernel.Use(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}
