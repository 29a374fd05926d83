package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// A window slides over the spatial axes of an argument, as convolutions and pools do. Along each axis the tap t of the
// window at the position o of the result meets the argument's position
//
//	o*stride + t*dilation - low
//
// or nothing, where that lies outside. One and two spatial axes are treated as three, with sizes of 1 in front.
type window struct {
	in, out, taps         [3]int
	stride, low, dilation [3]int
}

// spatialAxes returns the spatial axes of a type: the last ones, up to three, called z, y and x.
func spatialAxes(t ir.Type) []ir.Axis {
	i := len(t.Axes)
	for i > 0 && ir.Spatial(t.Axes[i-1].Name) {
		i--
	}
	return t.Axes[i:]
}

// newWindow returns the window with the given numbers of taps that leads from in to out.
func newWindow(in, out []ir.Axis, taps, stride, low, dilation []int) window {
	sizes := func(axes []ir.Axis) []int { return ir.Type{Axes: axes}.Shape() }
	return window{
		in: three(sizes(in), 1), out: three(sizes(out), 1), taps: three(taps, 1),
		stride: three(stride, 1), low: three(low, 0), dilation: three(dilation, 1),
	}
}

// three returns a list of up to three numbers as three, with filler in front.
func three(list []int, filler int) [3]int {
	a := [3]int{filler, filler, filler}
	copy(a[3-len(list):], list)
	return a
}

// run is a stretch of the meetings of a window: for j < n, the tap meets the position in+j*step of the argument at the
// position out+j of the result. Places count along the spatial axes in memory order.
type run struct {
	tap, out, in, n, step int
}

// runs visits every meeting of a tap with a position of the argument, in the order of the taps.
func (w window) runs(f func(run)) {
	for tap := range w.taps[0] * w.taps[1] * w.taps[2] {
		t := [3]int{tap / (w.taps[1] * w.taps[2]), tap / w.taps[2] % w.taps[1], tap % w.taps[2]}
		z0, z1 := w.inside(0, t[0])
		y0, y1 := w.inside(1, t[1])
		x0, x1 := w.inside(2, t[2])
		for z := z0; z < z1; z++ {
			for y := y0; y < y1; y++ {
				out := (z*w.out[1]+y)*w.out[2] + x0
				in := (w.meets(0, z, t[0])*w.in[1]+w.meets(1, y, t[1]))*w.in[2] + w.meets(2, x0, t[2])
				f(run{tap, out, in, max(0, x1-x0), w.stride[2]})
			}
		}
	}
}

// meets returns the argument's position along an axis that a tap meets at the position o of the result.
func (w window) meets(axis, o, tap int) int {
	return o*w.stride[axis] + tap*w.dilation[axis] - w.low[axis]
}

// inside returns the positions of the result, from low up to high, at which a tap meets the argument.
func (w window) inside(axis, tap int) (low, high int) {
	for low < w.out[axis] && w.meets(axis, low, tap) < 0 {
		low++
	}
	high = w.out[axis]
	for high > low && w.meets(axis, high-1, tap) >= w.in[axis] {
		high--
	}
	return low, high
}

// maxExtent bounds the attributes of windows and paddings, so that sums of them stay within an int.
const maxExtent = 1 << 30

// between reports whether low <= x <= high.
func between(x, low, high int) bool { return low <= x && x <= high }

// sized checks that a list of sizes has one entry for each spatial axis, none outside low to maxExtent.
func sized(name string, list []int, axes []ir.Axis, low int) error {
	if len(list) != len(axes) {
		return fmt.Errorf("%s %v has %d entries for the axes %v", name, list, len(list), axisNames(axes))
	}
	for i, x := range list {
		if !between(x, low, maxExtent) {
			return fmt.Errorf("axis %s: %s is %d", axes[i].Name, name, x)
		}
	}
	return nil
}

// slid returns the spatial axes that a window makes of others: along each axis the size is
// (size + low + high - span)/stride + 1, rounded down, where the window spans dilation*(taps-1) + 1.
func slid(axes []ir.Axis, taps, stride, low, high, dilation []int) ([]ir.Axis, error) {
	for _, list := range []struct {
		name  string
		sizes []int
		low   int
	}{{"the window", taps, 1}, {"stride", stride, 1}, {"padlow", low, 0}, {"padhigh", high, 0}, {"dilation", dilation, 1}} {
		if err := sized(list.name, list.sizes, axes, list.low); err != nil {
			return nil, err
		}
	}
	out := make([]ir.Axis, len(axes))
	for i, a := range axes {
		span, padded := dilation[i]*(taps[i]-1)+1, a.Size+low[i]+high[i]
		if padded < span {
			return nil, fmt.Errorf("axis %s: the window spans %d, the size is %d with its padding", a.Name, span, padded)
		}
		out[i] = ir.Axis{Name: a.Name, Size: (padded-span)/stride[i] + 1}
	}
	return out, nil
}
