package cpu

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// reducer combines a register of a tape over some loops of its nest.
type reducer struct {
	*lane
	register int
	op       string
	data     []float32 // where the result goes
	offset   int
	tasks    int
	width    int       // results of one task
	partial  []float64 // [task][result], where the innermost loop is reduced
	lanes    int       // channels of a block that stay, the last axis of [result]; 1 where they do not, or there are no blocks
	places   []int     // strides of the loops in [result]; 0 where reduced
	sizes    []int     // of the loops that stay
	to       []int     // their strides in the result
}

// newReducer prepares a reduction over a domain. Where that is split, the reduction goes over all of space.
func newReducer(r plan.Reduce, domain []ir.Axis, split bool, data []float32) *reducer {
	l := &lane{strides: make([]int, len(domain)), kept: make([]bool, len(domain))}
	lanes, next := 1, 0
	for i, x := range domain {
		l.kept[i] = true
		for _, a := range r.Axes {
			if a == i {
				l.kept[i] = false
			}
		}
		if l.kept[i] {
			l.strides[i] = r.Strides[next]
			next++
			if split && x.Name == ir.Channel {
				lanes, l.across = kernel.Lanes, l.strides[i]
				l.strides[i] *= kernel.Lanes
			}
		}
	}
	return &reducer{lane: l, register: r.Register, op: r.Op, data: data, offset: r.Offset, lanes: lanes}
}

// keepsInner reports whether the innermost loop stays.
func (r *reducer) keepsInner() bool { return r.kept[len(r.kept)-1] }

// results returns how many numbers the reduction leaves.
func (r *reducer) results(n *nest) int {
	count := r.lanes
	for i, s := range n.sizes {
		if r.kept[i] {
			count *= s
		}
	}
	return count
}

// prepare makes room for the tasks' results.
func (r *reducer) prepare(n *nest, tasks int) {
	if r.keepsInner() {
		return
	}
	r.tasks, r.width = tasks, r.results(n)
	r.partial = make([]float64, tasks*r.width)
	r.places = make([]int, len(n.sizes))
	stride := r.lanes
	if r.lanes > 1 {
		r.sizes, r.to = []int{r.lanes}, []int{r.across}
	}
	for i := len(n.sizes) - 1; i >= 0; i-- {
		if r.kept[i] {
			r.places[i] = stride
			stride *= n.sizes[i]
			r.sizes = append([]int{n.sizes[i]}, r.sizes...)
			r.to = append([]int{r.strides[i]}, r.to...)
		}
	}
}

// identity is what the reduction of nothing gives.
func (r *reducer) identity() float64 {
	switch r.op {
	case "reduce_max":
		return math.Inf(-1)
	case "reduce_min":
		return math.Inf(1)
	}
	return 0
}

// begin clears a task's results.
func (r *reducer) begin(task int) {
	part := r.partial[task*r.width : task*r.width+r.width]
	for i := range part {
		part[i] = r.identity()
	}
}

// take combines a block of values of the row with the given outer indices, from inner index at on.
func (r *reducer) take(task int, index []int, at int, values []float32) {
	if r.keepsInner() {
		r.takeInner(index, at, values)
		return
	}
	place := task * r.width
	for i, x := range index {
		place += x * r.places[i]
	}
	if r.lanes > 1 {
		r.takeLanes((*[kernel.Lanes]float64)(r.partial[place:]), values)
		return
	}
	p := &r.partial[place]
	switch r.op {
	case "reduce_max":
		*p = math.Max(*p, float64(kernel.MaxOf(values)))
	case "reduce_min":
		*p = math.Min(*p, float64(kernel.MinOf(values)))
	default:
		*p += float64(kernel.SumOf(values))
	}
}

// takeLanes combines whole voxels of a block with a result for each of its channels.
func (r *reducer) takeLanes(results *[kernel.Lanes]float64, values []float32) {
	switch r.op {
	case "reduce_max":
		for i, x := range values {
			results[i%kernel.Lanes] = math.Max(results[i%kernel.Lanes], float64(x))
		}
	case "reduce_min":
		for i, x := range values {
			results[i%kernel.Lanes] = math.Min(results[i%kernel.Lanes], float64(x))
		}
	default:
		kernel.LaneSums(results, values)
	}
}

// takeInner combines the values with the results themselves, one to one.
func (r *reducer) takeInner(index []int, at int, values []float32) {
	first := true // of the values that meet in a result
	offset := r.offset
	for i, x := range index {
		offset += x * r.strides[i]
		if !r.kept[i] && x != 0 {
			first = false
		}
	}
	step := r.strides[len(index)]
	offset += at * step
	if step > 1 || len(values) > 1 && step == 0 {
		for j, x := range values {
			r.one(&r.data[offset+j*step], x, first)
		}
		return
	}
	dst := r.data[offset : offset+len(values)]
	switch {
	case first:
		copy(dst, values)
	case r.op == "reduce_max":
		kernel.Max(dst, dst, values)
	case r.op == "reduce_min":
		kernel.Min(dst, dst, values)
	default:
		kernel.Add(dst, dst, values)
	}
}

func (r *reducer) one(dst *float32, x float32, first bool) {
	switch {
	case first:
		*dst = x
	case r.op == "reduce_max":
		*dst = max(*dst, x)
	case r.op == "reduce_min":
		*dst = min(*dst, x)
	default:
		*dst += x
	}
}

// finish combines the tasks' results in order and writes them.
func (r *reducer) finish() {
	if r.partial == nil {
		return
	}
	for i := range r.width {
		sum := r.identity()
		for task := range r.tasks {
			x := r.partial[task*r.width+i]
			switch r.op {
			case "reduce_max":
				sum = math.Max(sum, x)
			case "reduce_min":
				sum = math.Min(sum, x)
			default:
				sum += x
			}
		}
		place, rest := r.offset, i
		for j := len(r.sizes) - 1; j >= 0; j-- {
			place += rest % r.sizes[j] * r.to[j]
			rest /= r.sizes[j]
		}
		r.data[place] = float32(sum)
	}
}
