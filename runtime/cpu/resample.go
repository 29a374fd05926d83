package cpu

import (
	"math"

	"github.com/vnlang/vn/compiler/op"
)

// resampling is a resize of one plane: for every position along each axis of the finer description, where it comes from
// (see op.Resize). Axes are z, y, x.
type resampling struct {
	from, to [3]int
	axes     [3][]neighbours
}

// neighbours are the two positions that a resized position lies between, and the weight of the second one.
type neighbours struct {
	low, high int
	weight    float32
}

func newResampling(from, to [3]int, mode string) *resampling {
	r := &resampling{from: from, to: to}
	for i := range r.axes {
		scale := float64(from[i]) / float64(to[i])
		for o := range to[i] {
			var n neighbours
			if mode == op.Nearest {
				at := min(int(math.Floor((float64(o)+0.5)*scale)), from[i]-1)
				n = neighbours{low: at, high: at}
			} else {
				at := min(max((float64(o)+0.5)*scale-0.5, 0), float64(from[i]-1))
				low := int(at)
				n = neighbours{low, min(low+1, from[i]-1), float32(at - float64(low))}
			}
			r.axes[i] = append(r.axes[i], n)
		}
	}
	return r
}

// apply resizes a plane.
func (r *resampling) apply(y, x []float32) {
	at := 0
	for _, z := range r.axes[0] {
		for _, v := range r.axes[1] {
			rows := r.rows(z, v)
			for _, u := range r.axes[2] {
				var sum float32
				for _, w := range rows {
					row := x[w.at:]
					sum += w.weight * (row[u.low] + u.weight*(row[u.high]-row[u.low]))
				}
				y[at] = sum
				at++
			}
		}
	}
}

// adjoint is the transpose of apply: from y's gradient, dy, it makes x's.
func (r *resampling) adjoint(dx, dy []float32) {
	clear(dx)
	at := 0
	for _, z := range r.axes[0] {
		for _, v := range r.axes[1] {
			rows := r.rows(z, v)
			for _, u := range r.axes[2] {
				for _, w := range rows {
					row, g := dx[w.at:], w.weight*dy[at]
					row[u.low] += (1 - u.weight) * g
					row[u.high] += u.weight * g
				}
				at++
			}
		}
	}
}

// weighted is the start of a row and its weight.
type weighted struct {
	at     int
	weight float32
}

// rows returns the four rows that a resized row lies between.
func (r *resampling) rows(z, y neighbours) [4]weighted {
	row := func(i, j int) int { return (i*r.from[1] + j) * r.from[2] }
	return [4]weighted{
		{row(z.low, y.low), (1 - z.weight) * (1 - y.weight)},
		{row(z.low, y.high), (1 - z.weight) * y.weight},
		{row(z.high, y.low), z.weight * (1 - y.weight)},
		{row(z.high, y.high), z.weight * y.weight},
	}
}
