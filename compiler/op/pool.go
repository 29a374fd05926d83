package op

import (
	"errors"
	"fmt"
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// pool is what a max-pool and its gradient share.
type pool struct {
	window, stride, low, high []int
}

// result returns the type of the pool of x[..., z, y, x]. The padding is less than the window, so that every window
// meets some of x.
func (p pool) result(x ir.Type) (ir.Type, error) {
	space := spatialAxes(x)
	if len(space) == 0 {
		return ir.Type{}, errors.New("the argument has no spatial axes")
	}
	slid, err := slid(space, p.window, p.stride, p.low, p.high, p.noDilation())
	if err != nil {
		return ir.Type{}, err
	}
	for i, a := range space {
		if max(p.low[i], p.high[i]) >= p.window[i] {
			return ir.Type{}, fmt.Errorf("axis %s: the padding is %d and %d, as large as the window of %d",
				a.Name, p.low[i], p.high[i], p.window[i])
		}
	}
	front := x.Axes[:len(x.Axes)-len(space)]
	return ir.Type{DType: x.DType, Axes: append(append([]ir.Axis{}, front...), slid...)}, nil
}

func (p pool) noDilation() []int {
	ones := make([]int, len(p.window))
	for i := range ones {
		ones[i] = 1
	}
	return ones
}

// largest returns, for every window, the place in x of its largest element; the first one where several are equal.
func (p pool) largest(x *ir.Tensor, y ir.Type) []int {
	in, out := spatialAxes(x.Type), spatialAxes(y)
	slide := newWindow(in, out, p.window, p.stride, p.low, p.noDilation())
	inVolume, outVolume := ir.Type{Axes: in}.Elements(), ir.Type{Axes: out}.Elements()
	places := make([]int, y.Elements())
	values := make([]float64, len(places))
	for i := range places {
		places[i], values[i] = -1, math.Inf(-1)
	}
	for channel := range len(places) / outVolume {
		slide.runs(func(r run) {
			for j := range r.n {
				o, i := channel*outVolume+r.out+j, channel*inVolume+r.in+j*r.step
				if places[o] < 0 || exceeds(x.Data[i], values[o]) {
					places[o], values[o] = i, x.Data[i]
				}
			}
		})
	}
	return places
}

// cost is one operation for each tap at each position.
func (p pool) cost(y ir.Type) ir.Cost {
	taps := int64(1)
	for _, n := range p.window {
		taps *= int64(n)
	}
	return ir.Cost{FLOPs: taps * int64(y.Elements())}
}
