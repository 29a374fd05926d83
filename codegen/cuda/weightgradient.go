package cuda

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// weightGradient writes the gradient of a convolution's weight by a kernel made for it, or reports that the general one
// has to do it: where something rides on it, where channels are in groups, or where no kernel here fits the layout.
//
// The channels of dy and x are the rows and columns of a matrix product that sums over voxels, of which there are many;
// so blocks share the voxels, leave partial sums in scratch memory, and a second kernel adds those in a fixed order.
func (u *unit) weightGradient(k *plan.Kernel) bool {
	g, ok := u.newWeightGradient(k)
	if !ok {
		return false
	}
	numbers, tensorCores := u.options.Precision.tensorCores()
	switch {
	case g.x.form.blocked && g.dy.form.blocked && tensorCores:
		return u.matrixGradient(g, numbers)
	case g.x.form.blocked && !g.dy.form.blocked:
		return u.pointGradient(g)
	case !g.x.form.blocked && g.dy.form.blocked && g.in == 1:
		return u.firstGradient(g)
	}
	return false
}

// weightGradient is the gradient of a convolution's weight: what it is made of, and where the plan wants it.
type weightGradient struct {
	kernel  *plan.Kernel
	slides  slides
	in, out int
	x, dy   operand
	to      plan.Store
}

// newWeightGradient returns the gradient that a kernel of the plan computes, provided that it does nothing else.
func (u *unit) newWeightGradient(k *plan.Kernel) (*weightGradient, bool) {
	o, ok := k.Anchor.Op.(op.ConvolveWeight)
	if !ok || o.Groups != 1 || len(k.Reduces) > 0 || len(k.Stores) != 1 || len(k.Loads) > 0 {
		return nil, false
	}
	to := k.Stores[0]
	if k.Program[to.Register].Op != "anchor" || u.layout.forms[to.Buffer].blocked {
		return nil, false
	}
	args := u.layout.operands(k.Anchor)
	x, dy := args[0], args[1]
	if !x.wholeBlocks() || !dy.wholeBlocks() {
		return nil, false
	}
	s, ok := newSlides(x.axes, dy.axes, o.Kernel, o.Stride, o.PadLow, o.Dilation)
	if !ok {
		return nil, false
	}
	return &weightGradient{k, s, x.axes[1].Size, dy.axes[1].Size, x, dy, to}, true
}

// gradientBody returns a body for the kernel that sums over voxels.
func (u *unit) gradientBody(g *weightGradient) *body {
	return &body{layout: u.layout, wide: u.layout.isWide(g.kernel)}
}

// slides is how a window slides over feature maps along z, y and x; an axis that they lack has size 1.
type slides struct {
	batch                         int
	x, y                          [3]int // sizes of the argument and of the result
	kernel, stride, low, dilation [3]int
}

// newSlides returns how a convolution slides, from the axes of its argument and its result.
func newSlides(x, y []ir.Axis, kernel, stride, low, dilation []int) (slides, bool) {
	s := slides{batch: x[0].Size}
	n := len(x) - 2
	if n < 1 || n > 3 {
		return s, false
	}
	for i := range 3 {
		s.x[i], s.y[i], s.kernel[i], s.stride[i], s.dilation[i] = 1, 1, 1, 1, 1
		if j := i - (3 - n); j >= 0 {
			s.x[i], s.y[i], s.kernel[i], s.stride[i], s.low[i] = x[2+j].Size, y[2+j].Size, kernel[j], stride[j], low[j]
			if dilation != nil {
				s.dilation[i] = dilation[j]
			}
		}
	}
	return s, true
}

// taps returns the number of taps of the window.
func (s slides) taps() int { return s.kernel[0] * s.kernel[1] * s.kernel[2] }

// reach returns how much of the argument n neighbouring positions of the result meet along an axis through a number of
// neighbouring taps.
func (s slides) reach(axis, n, taps int) int {
	return (n-1)*s.stride[axis] + (taps-1)*s.dilation[axis] + 1
}

// spatial returns the steps of a feature map along z, y and x, in voxels where it is blocked and in elements where it is
// plain; 0 along axes that it lacks.
func (o operand) spatial() [3]int {
	steps := o.strides
	if o.form.blocked {
		steps = o.walk.strides
	}
	var out [3]int
	n := len(o.axes) - 2
	for i := range n {
		out[3-n+i] = steps[2+i]
	}
	return out
}

// place returns the index of the axis of a feature map that lies along z, y or x, given expressions for all three.
func (o operand) place(sample, channel string, zyx [3]string) []string {
	n := len(o.axes) - 2
	return append([]string{sample, channel}, zyx[3-n:]...)
}

// wholeBlocks reports whether a feature map, if it is blocked, is whole blocks of channels of its buffer.
func (o operand) wholeBlocks() bool {
	return !o.form.blocked || o.walk.channel%blockWidth == 0 && o.axes[1].Size%blockWidth == 0
}
