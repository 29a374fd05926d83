package op

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// convolution is what a convolution and its two gradients share. They are the three sides of one trilinear form: with
// the feature map x, the weight w and the result y, it is the sum over all meetings of a tap with a position of
//
//	y[batch, out, position] * x[batch, in, position*stride + tap*dilation - low] * w[out, in, tap]
//
// and each op is the derivative of the form with respect to one of the three.
type convolution struct {
	stride, low, high, dilation []int
	groups                      int
}

// result returns the type of the convolution of x[batch, channel, ...] with w[out, in, ...].
func (c convolution) result(x, w ir.Type) (ir.Type, error) {
	space := spatialAxes(x)
	if err := c.checkAxes(x, w, space); err != nil {
		return ir.Type{}, err
	}
	channels, out, in := x.Axes[1].Size, w.Axes[0].Size, w.Axes[1].Size
	switch {
	case c.groups < 1:
		return ir.Type{}, fmt.Errorf("groups is %d", c.groups)
	case out%c.groups != 0:
		return ir.Type{}, fmt.Errorf("axis out: the weight's %d do not divide into %d groups", out, c.groups)
	case channels%c.groups != 0 || channels/c.groups != in:
		return ir.Type{}, fmt.Errorf("axis channel: the feature map has %d, the weight takes %d in %d groups", channels, in, c.groups)
	}
	slid, err := slid(space, w.Shape()[2:], c.stride, c.low, c.high, c.dilation)
	if err != nil {
		return ir.Type{}, err
	}
	y := ir.Type{DType: x.DType, Axes: append([]ir.Axis{x.Axes[0], {Name: ir.Channel, Size: out}}, slid...)}
	return y, y.Check()
}

// checkAxes checks the names of the axes of x and w.
func (c convolution) checkAxes(x, w ir.Type, space []ir.Axis) error {
	names := axisNames(space)
	if !slices.Equal(axisNames(x.Axes), append([]string{ir.Batch, ir.Channel}, names...)) || len(space) == 0 {
		return fmt.Errorf("%s is no feature map: its axes are not batch, channel and spatial ones", x)
	}
	if !slices.Equal(axisNames(w.Axes), append([]string{ir.Out, ir.In}, names...)) {
		return fmt.Errorf("%s is no weight for a feature map with the spatial axes %v", w, names)
	}
	if x.DType != w.DType {
		return fmt.Errorf("the feature map is %s, the weight %s", x.DType, w.DType)
	}
	return nil
}

// fits checks that y has the type of the convolution of x and w.
func (c convolution) fits(x, w, y ir.Type) error {
	want, err := c.result(x, w)
	if err != nil {
		return err
	}
	if err := sameType(y, want); err != nil {
		return fmt.Errorf("the gradient against the convolution's result: %w", err)
	}
	return nil
}

// products visits the terms of the form in stretches: for j < n, y[yAt+j] * x[xAt+j*step] * w[wAt].
func (c convolution) products(x, w, y ir.Type, f func(yAt, xAt, wAt, n, step int)) {
	slide := newWindow(x.Axes[2:], y.Axes[2:], w.Shape()[2:], c.stride, c.low, c.dilation)
	batch, channels, out, in := x.Axes[0].Size, x.Axes[1].Size, w.Axes[0].Size, w.Axes[1].Size
	volume := func(t ir.Type) int { return ir.Type{Axes: t.Axes[2:]}.Elements() }
	for sample := range batch {
		for o := range out {
			first := o / (out / c.groups) * in // channel of x
			for i := range in {
				yAt := (sample*out + o) * volume(y)
				xAt := (sample*channels + first + i) * volume(x)
				wAt := (o*in + i) * volume(w)
				slide.runs(func(r run) { f(yAt+r.out, xAt+r.in, wAt+r.tap, r.n, r.step) })
			}
		}
	}
}

// cost counts a multiply-add for each tap at each position of y, those that meet the padding included.
func (c convolution) cost(w, y ir.Type) ir.Cost {
	perPosition := w.Elements() / w.Axes[0].Size
	return ir.Cost{FLOPs: 2 * int64(perPosition) * int64(y.Elements())}
}

// withSpace returns a type with the two given axes in front of the named spatial ones.
func withSpace(d ir.DType, first, second ir.Axis, names []string, sizes []int) ir.Type {
	t := ir.Type{DType: d, Axes: []ir.Axis{first, second}}
	for i, name := range names {
		t.Axes = append(t.Axes, ir.Axis{Name: name, Size: sizes[i]})
	}
	return t
}
