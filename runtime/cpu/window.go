package cpu

import (
	"fmt"
	"math"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// field is the memory of a feature map as an anchor sees it: planes of spatial axes, one for each combination of the
// axes in front. Planes of one sample lie one after another, samples stride values apart.
type field struct {
	data   []float32
	stride int // between samples
	each   int // planes of a sample
	size   [3]int
}

// newField returns the field of a value. The spatial axes of a type are the last ones; others may be called x too.
func newField(data []float32, stride int, t ir.Type) field {
	f := field{data: data, stride: stride, each: 1, size: [3]int{1, 1, 1}}
	i := len(t.Axes) - 1
	for at := 2; i >= 0 && ir.Spatial(t.Axes[i].Name); at, i = at-1, i-1 {
		f.size[at] = t.Axes[i].Size
	}
	for ; i > 0; i-- {
		f.each *= t.Axes[i].Size
	}
	return f
}

func (f field) voxels() int { return f.size[0] * f.size[1] * f.size[2] }

// plane returns plane i, counted through all samples.
func (f field) plane(i int) []float32 {
	from := i/f.each*f.stride + i%f.each*f.voxels()
	return f.data[from : from+f.voxels()]
}

// argument returns the field of an anchor's argument.
func argument(a *plan.Anchor, i int, buffers [][]float32) (field, error) {
	v, t := a.Args[i], a.Types[i]
	if err := denseSample(v, t); err != nil {
		return field{}, fmt.Errorf("%s: argument %d: %w", a.Value, i, err)
	}
	return newField(buffers[v.Buffer][v.Offset:], sampleStride(v, t), t), nil
}

// newWindow makes a pool, a resize or an argmax ready to run into out: as a number of tasks that do not touch each other.
func newWindow(a *plan.Anchor, buffers [][]float32, out []float32) (tasks int, run func(task int), err error) {
	if o, ok := a.Op.(op.ArgMax); ok {
		tasks, run = newArgMax(a, o.Axis, buffers, out)
		return tasks, run, nil
	}
	x, err := argument(a, 0, buffers)
	if err != nil {
		return 0, nil, err
	}
	to := newField(out, a.Type.Elements()/firstSize(a), a.Type)
	tasks = a.Type.Elements() / to.voxels() // a plane each
	switch o := a.Op.(type) {
	case op.MaxPool:
		w := newPooling(o.Window, o.Stride, o.PadLow)
		run = func(i int) { w.pool(to.plane(i), to.size, x.plane(i), x.size) }
	case op.MaxPoolGradient:
		dy, err := argument(a, 1, buffers)
		if err != nil {
			return 0, nil, err
		}
		w := newPooling(o.Window, o.Stride, o.PadLow)
		run = func(i int) { w.gradient(to.plane(i), x.plane(i), x.size, dy.plane(i), dy.size) }
	case op.Resize:
		r := newResampling(x.size, to.size, o.Mode)
		run = func(i int) { r.apply(to.plane(i), x.plane(i)) }
	case op.ResizeGradient:
		r := newResampling(to.size, x.size, o.Mode)
		run = func(i int) { r.adjoint(to.plane(i), x.plane(i)) }
	default:
		return 0, nil, fmt.Errorf("%s: the cpu engine knows no anchor %q", a.Value, a.Op.Kind())
	}
	return tasks, run, nil
}

// pooling is the geometry of a max-pool, axes z, y, x.
type pooling struct{ window, stride, pad [3]int }

func newPooling(window, stride, pad []int) pooling {
	p := pooling{[3]int{1, 1, 1}, [3]int{1, 1, 1}, [3]int{}}
	missing := 3 - len(window)
	for i := range window {
		p.window[missing+i], p.stride[missing+i], p.pad[missing+i] = window[i], stride[i], pad[i]
	}
	return p
}

// largest returns the place in x of the largest element of a window; the first one of equal ones, and a NaN before any
// number.
func (p pooling) largest(x []float32, size [3]int, z, y, xx int) int {
	best, place := float32(math.Inf(-1)), -1
	z, y, xx = z*p.stride[0]-p.pad[0], y*p.stride[1]-p.pad[1], xx*p.stride[2]-p.pad[2]
	for i := max(z, 0); i < min(z+p.window[0], size[0]); i++ {
		for j := max(y, 0); j < min(y+p.window[1], size[1]); j++ {
			row := (i*size[1] + j) * size[2]
			for k := max(xx, 0); k < min(xx+p.window[2], size[2]); k++ {
				v := x[row+k]
				if place < 0 || v > best || v != v && best == best {
					best, place = v, row+k
				}
			}
		}
	}
	return place
}

func (p pooling) pool(y []float32, ySize [3]int, x []float32, xSize [3]int) {
	at := 0
	for i := range ySize[0] {
		for j := range ySize[1] {
			for k := range ySize[2] {
				y[at] = x[p.largest(x, xSize, i, j, k)]
				at++
			}
		}
	}
}

func (p pooling) gradient(dx, x []float32, xSize [3]int, dy []float32, ySize [3]int) {
	clear(dx)
	at := 0
	for i := range ySize[0] {
		for j := range ySize[1] {
			for k := range ySize[2] {
				dx[p.largest(x, xSize, i, j, k)] += dy[at]
				at++
			}
		}
	}
}

// newArgMax makes an argmax ready to run into out.
func newArgMax(a *plan.Anchor, axis string, buffers [][]float32, out []float32) (tasks int, run func(task int)) {
	t, v := a.Types[0], a.Args[0]
	along := t.Index(axis)
	x := buffers[v.Buffer][v.Offset:]
	step, size := v.Strides[along], t.Axes[along].Size
	var rest []ir.Axis
	var stepsOf []int
	for i, y := range t.Axes {
		if i != along {
			rest, stepsOf = append(rest, y), append(stepsOf, v.Strides[i])
		}
	}
	count := ir.Type{Axes: rest}.Elements()
	return (count + taskElements - 1) / taskElements, func(task int) {
		for i := task * taskElements; i < min((task+1)*taskElements, count); i++ {
			at, left := 0, i
			for j := len(rest) - 1; j >= 0; j-- {
				at += left % rest[j].Size * stepsOf[j]
				left /= rest[j].Size
			}
			best := 0
			for j := 1; j < size; j++ {
				if have, v := x[at+best*step], x[at+j*step]; v > have || v != v && have == have {
					best = j
				}
			}
			out[i] = float32(best)
		}
	}
}
