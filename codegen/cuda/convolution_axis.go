package cuda

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// slideAxis is how a convolution slides along one spatial axis: the tap t at the place q of the result meets
// q*stride + t*step - low of the feature map. An axis that there is not is one of size 1.
//
// The transpose of a convolution is one too, once its result is parted by what is left over when places are divided by the
// stride: the results q*spread + phase are made by the same few taps, at stride 1. Which of the weight's taps is the first
// to reach a phase decides how many do; so phases are numbered by it, from first on, and those with equally many go
// together.
type slideAxis struct {
	in, out      int // sizes of the feature map and of the result
	kernel, taps int // of the weight, and of a phase
	stride, step int
	pad          int // of the convolution, or of that whose transpose this is
	transposed   bool
	spread       int
	first        int // of the weight's taps
	phases       int
}

// places returns the number of places of a phase.
func (a slideAxis) places() int { return ceil(a.out, a.spread) }

// reach returns how many voxels of the feature map n places of the result meet.
func (a slideAxis) reach(n int) int { return (n-1)*a.stride + max(0, a.taps-1)*a.step + 1 }

// phase returns the phase of the i-th of the phases, and its low.
func (a slideAxis) phase(i int) (phase, low int) {
	if !a.transposed {
		return 0, a.pad
	}
	phase = ((a.first+i-a.pad)%a.spread + a.spread) % a.spread
	return phase, (a.taps-1)*a.step - (phase+a.pad-a.first-i)/a.spread
}

// alongSpace describes how an anchor slides over space, or returns false where it is no convolution that can be made by
// stride, steps and phases. The result holds the axes z, y, x for each set of phases.
func alongSpace(o ir.Op, in, out ir.Type, kernel []int) ([][3]slideAxis, bool) {
	var stride, low, dilation []int
	transposed := false
	switch o := o.(type) {
	case op.Convolve:
		if o.Groups != 1 {
			return nil, false
		}
		stride, low, dilation = o.Stride, o.PadLow, o.Dilation
	case op.ConvolveInput:
		if o.Groups != 1 {
			return nil, false
		}
		stride, low, dilation, transposed = o.Stride, o.PadLow, o.Dilation, true
	default:
		return nil, false
	}
	missing := 3 - len(kernel)
	sets := [][3]slideAxis{{}}
	for i := range 3 {
		a := slideAxis{in: 1, out: 1, kernel: 1, taps: 1, stride: 1, step: 1, spread: 1, phases: 1}
		if j := i - missing; j >= 0 {
			a.in, a.out, a.kernel, a.taps = in.Axes[2+j].Size, out.Axes[2+j].Size, kernel[j], kernel[j]
			a.stride, a.step, a.pad, a.transposed = stride[j], dilation[j], low[j], transposed
		}
		if transposed && a.stride > 1 && a.step > 1 {
			return nil, false
		}
		var next [][3]slideAxis
		for _, set := range sets {
			for _, part := range a.parted() {
				set[i] = part
				next = append(next, set)
			}
		}
		sets = next
	}
	return sets, true
}

// parted returns the sets of phases of an axis: those with equally many taps.
func (a slideAxis) parted() []slideAxis {
	if !a.transposed || a.stride == 1 {
		return []slideAxis{a}
	}
	a.spread, a.stride = a.stride, 1
	more := a
	more.phases, more.taps = a.kernel%a.spread, a.kernel/a.spread+1
	a.first, a.phases, a.taps = more.phases, a.spread-more.phases, a.kernel/a.spread
	if more.phases == 0 {
		return []slideAxis{a}
	}
	return []slideAxis{more, a}
}
