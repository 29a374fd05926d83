package op

import (
	"errors"
	"fmt"
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// The modes of Resize.
const (
	Linear  = "linear"
	Nearest = "nearest"
)

// resized returns the type of t with other spatial sizes.
func resized(args []ir.Type, size []int, mode string) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	if mode != Linear && mode != Nearest {
		return ir.Type{}, fmt.Errorf("the mode %q is neither %s nor %s", mode, Linear, Nearest)
	}
	t := args[0]
	space := spatialAxes(t)
	if len(space) == 0 {
		return ir.Type{}, errors.New("the argument has no spatial axes")
	}
	if err := sized("size", size, space, 1); err != nil {
		return ir.Type{}, err
	}
	for i, n := range size {
		t = withSize(t, len(t.Axes)-len(space)+i, n)
	}
	return t, nil
}

// share is one source of a resized element along an axis: a position of the argument, and its weight.
type share struct {
	at     int
	weight float64
}

// shares returns, for every position of the result along an axis, where it comes from. The position o lies at
// (o + 1/2) in/out - 1/2 of the argument, so that the edges of the volumes coincide. Linear weighs the two neighbours,
// and takes the one at the edge beyond it; nearest takes the neighbour whose voxel holds the point.
func shares(in, out int, mode string) [][]share {
	list := make([][]share, out)
	scale := float64(in) / float64(out)
	for o := range list {
		if mode == Nearest {
			at := math.Floor((float64(o) + 0.5) * scale)
			list[o] = []share{{min(int(at), in-1), 1}}
			continue
		}
		at := min(max((float64(o)+0.5)*scale-0.5, 0), float64(in-1))
		low := int(at)
		fraction := at - float64(low)
		list[o] = []share{{low, 1 - fraction}}
		if fraction > 0 {
			list[o] = append(list[o], share{low + 1, fraction})
		}
	}
	return list
}

// interpolate visits every share of every element of the resized tensor: its place, the place of the source, and the
// product of the weights along the axes.
func interpolate(in, out ir.Type, mode string, f func(outAt, inAt int, weight float64)) {
	from, to := three(ir.Type{Axes: spatialAxes(in)}.Shape(), 1), three(ir.Type{Axes: spatialAxes(out)}.Shape(), 1)
	zs, ys, xs := shares(from[0], to[0], mode), shares(from[1], to[1], mode), shares(from[2], to[2], mode)
	outAt := 0
	for channel := range out.Elements() / (to[0] * to[1] * to[2]) {
		for i := range to[0] * to[1] * to[2] {
			for _, z := range zs[i/(to[1]*to[2])] {
				for _, y := range ys[i/to[2]%to[1]] {
					for _, x := range xs[i%to[2]] {
						inAt := ((channel*from[0]+z.at)*from[1]+y.at)*from[2] + x.at
						f(outAt, inAt, z.weight*y.weight*x.weight)
					}
				}
			}
			outAt++
		}
	}
}

// interpolationCost is a multiply-add for each of the 2^axes neighbours of an element of the larger side in mode
// linear, and nothing in mode nearest.
func interpolationCost(resized ir.Type, mode string) ir.Cost {
	if mode == Nearest {
		return ir.Cost{}
	}
	return perElement(resized, 2<<len(spatialAxes(resized)))
}
