package cpu

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// contraction is a convolution, one of its gradients, or a matrix product, made ready to run.
type contraction struct {
	direction kernel.Direction
	geometry  kernel.Convolution
	args      [2][]float32
	strides   [2]int // between the samples of the arguments
}

// geometryOf returns the geometry of a convolution from its op's attributes, the types of the feature map on its input
// side and on its output side, and the spatial sizes of its kernel. Missing spatial axes have size 1.
func geometryOf(stride, padLow, dilation []int, groups int, in, out ir.Type, size []int) kernel.Convolution {
	c := kernel.Convolution{
		Batch: in.Axes[0].Size, In: in.Axes[1].Size, Out: out.Axes[1].Size, Groups: max(groups, 1),
		Input: [3]int{1, 1, 1}, Output: [3]int{1, 1, 1}, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
	}
	missing := 3 - len(size)
	for i := range size {
		c.Input[missing+i], c.Output[missing+i] = in.Axes[2+i].Size, out.Axes[2+i].Size
		c.Kernel[missing+i], c.Stride[missing+i] = size[i], stride[i]
		c.PadLow[missing+i], c.Dilation[missing+i] = padLow[i], dilation[i]
	}
	return c
}

// convolutionOf returns the geometry and the direction of an anchor that is a convolution or one of its gradients, and
// false for other anchors.
func convolutionOf(a *plan.Anchor) (kernel.Convolution, kernel.Direction, bool) {
	switch o := a.Op.(type) {
	case op.Convolve:
		return geometryOf(o.Stride, o.PadLow, o.Dilation, o.Groups, a.Types[0], a.Type, a.Types[1].Shape()[2:]), kernel.DirectionForward, true
	case op.ConvolveInput:
		return geometryOf(o.Stride, o.PadLow, o.Dilation, o.Groups, a.Type, a.Types[0], a.Types[1].Shape()[2:]), kernel.DirectionInputGradient, true
	case op.ConvolveWeight:
		return geometryOf(o.Stride, o.PadLow, o.Dilation, o.Groups, a.Types[0], a.Types[1], o.Kernel), kernel.DirectionWeightGradient, true
	}
	return kernel.Convolution{}, 0, false
}

// newContraction binds a convolution to the memory of a session.
func newContraction(a *plan.Anchor, buffers [][]float32) (*contraction, error) {
	c := &contraction{}
	c.geometry, c.direction, _ = convolutionOf(a)
	if err := c.geometry.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Value, err)
	}
	for i, v := range a.Args {
		if err := denseSample(v, a.Types[i]); err != nil {
			return nil, fmt.Errorf("%s: argument %d: %w", a.Value, i, err)
		}
		c.args[i] = buffers[v.Buffer][v.Offset:]
		c.strides[i] = sampleStride(v, a.Types[i])
	}
	return c, nil
}

// run computes the contraction into out, or hands it to the epilogue when that is not nil.
func (c *contraction) run(s *Session, out []float32, stride int, epilogue kernel.Epilogue) {
	to := kernel.View{Data: out, Stride: stride}
	from := kernel.View{Data: c.args[0], Stride: c.strides[0]}
	switch c.direction {
	case kernel.DirectionForward:
		kernel.Forward(s.pool, c.geometry, to, from, c.args[1], s.scratch, epilogue)
	case kernel.DirectionInputGradient:
		kernel.InputGradient(s.pool, c.geometry, to, from, c.args[1], s.scratch, epilogue)
	default:
		kernel.WeightGradient(s.pool, c.geometry, out, from, kernel.View{Data: c.args[1], Stride: c.strides[1]}, s.scratch)
	}
}

// denseSample reports an error when a value is not dense within a sample: all axes but the first must be.
func denseSample(v plan.View, t ir.Type) error {
	want := plan.Strides(t.Axes)
	for i := 1; i < len(want); i++ {
		if t.Axes[i].Size > 1 && v.Strides[i] != want[i] {
			return fmt.Errorf("axis %s has stride %d, want %d", t.Axes[i].Name, v.Strides[i], want[i])
		}
	}
	return nil
}

// sampleStride returns the distance from one entry of the first axis to the next.
func sampleStride(v plan.View, t ir.Type) int {
	if len(t.Axes) == 0 {
		return 0
	}
	if t.Axes[0].Size > 1 {
		return v.Strides[0]
	}
	return t.Elements()
}

// product is a matrix product made ready to run.
type product struct {
	batch, m, n, k int
	a, b           []float32
}

func newProduct(a *plan.Anchor, buffers [][]float32) (*product, error) {
	p := &product{batch: 1}
	for i, v := range a.Args {
		if err := denseSample(v, a.Types[i]); err != nil {
			return nil, fmt.Errorf("%s: argument %d: %w", a.Value, i, err)
		}
	}
	last := len(a.Type.Axes) - 1
	for _, x := range a.Type.Axes[:last-1] {
		p.batch *= x.Size
	}
	p.m, p.n, p.k = a.Type.Axes[last-1].Size, a.Type.Axes[last].Size, a.Types[0].Axes[last].Size
	p.a, p.b = buffers[a.Args[0].Buffer][a.Args[0].Offset:], buffers[a.Args[1].Buffer][a.Args[1].Offset:]
	return p, nil
}

func (p *product) run(s *Session, out []float32) {
	kernel.MatMul(s.pool, p.batch, p.m, p.n, p.k, p.a, p.b, out, false, false, s.scratch)
}

// workspace returns the float32 values of scratch that an anchor needs.
func workspace(a *plan.Anchor) int {
	if c, direction, ok := convolutionOf(a); ok {
		if c.Validate() != nil {
			return 0
		}
		return c.Workspace(direction)
	}
	if _, ok := a.Op.(op.MatMul); ok {
		last := len(a.Type.Axes) - 1
		return kernel.MatMulWorkspace(a.Type.Axes[last-1].Size, a.Type.Axes[last].Size, a.Types[0].Axes[last].Size)
	}
	return 0
}
