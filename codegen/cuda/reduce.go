package cuda

import (
	"slices"

	"github.com/vnlang/vn/compiler/plan"
)

// A reduction sums in a fixed order whatever the device: each thread over its share, the threads of a block as a tree, the
// blocks by a second kernel.
const (
	maxSerial  = 512  // elements that a thread combines alone where there are threads enough without a tree
	shareOf    = 64   // elements that a thread of a block should combine
	maxPieces  = 4096 // blocks that share one result
	warpSize   = 32
	manyBlocks = 1 << 14
)

// reductionGroups returns the reductions of a kernel by the axes that they take away; one empty group where there are none.
func reductionGroups(k *plan.Kernel) [][]plan.Reduce {
	var groups [][]plan.Reduce
next:
	for _, r := range k.Reduces {
		for i := range groups {
			if slices.Equal(groups[i][0].Axes, r.Axes) {
				groups[i] = append(groups[i], r)
				continue next
			}
		}
		groups = append(groups, []plan.Reduce{r})
	}
	if groups == nil {
		groups = [][]plan.Reduce{nil}
	}
	return groups
}

// combiner returns the functor of the prelude for a reduction.
func combiner(op string) string {
	switch op {
	case "reduce_max":
		return "vn_maximum"
	case "reduce_min":
		return "vn_minimum"
	}
	return "vn_addition"
}

// reduction is the part of a sweep that combines what it computes.
type reduction struct {
	*sweep
	kept, gone []int // axes of the domain
	width      int   // results of one reduction in a thread: the lanes where they are kept, else 1
}

// reduceOver appends the launches of a sweep whose reductions all take the same axes away.
func (u *unit) reduceOver(s *sweep, cost plan.KernelCost) {
	r := &reduction{sweep: s, width: 1}
	for i := range s.sizes {
		if slices.Contains(s.kernel.Reduces[0].Axes, i) {
			r.gone = append(r.gone, i)
		} else {
			r.kept = append(r.kept, i)
			if i == s.axis {
				r.width = s.lanes
			}
		}
	}
	kept, gone := s.count(r.kept), s.count(r.gone)
	if gone <= maxSerial && (kept >= manyBlocks || gone <= warpSize) {
		u.reduceSerially(r, kept, gone, cost)
		return
	}
	u.reduceByBlocks(r, kept, gone, cost)
}

// reduceSerially lets every thread combine all that goes into its results.
func (u *unit) reduceSerially(r *reduction, kept, gone int, cost plan.KernelCost) {
	block := blockFor(kept)
	r.line("const %s t = (%s)blockIdx.x * %d + threadIdx.x;", r.integer(), r.integer(), block)
	r.line("if (t >= %d) return;", kept)
	r.at("t", r.kept)
	r.accumulators()
	r.open("for (int k = 0; k < %d; k++)", gone)
	r.at("k", r.gone)
	r.point()
	r.combine()
	r.close()
	r.results()
	u.call(r.body, shape{grid: [3]int{ceil(kept, block), 1, 1}, block: block}, r.note("reduce"), cost)
}

// reduceByBlocks lets one or more blocks share the work of a result.
func (u *unit) reduceByBlocks(r *reduction, kept, gone int, cost plan.KernelCost) {
	block := blockFor(gone)
	pieces := min((gone+block*shareOf-1)/(block*shareOf), maxPieces, max(1, manyBlocks/kept))
	each := ceil(gone, pieces)
	reduces := r.kernel.Reduces
	r.line("VN_SHARED(float, warps, %d);", r.width*block/warpSize)
	r.line("const %s piece = blockIdx.x %% %d;", r.integer(), pieces)
	if kept > 1 || pieces > 1 { // else nothing asks which result it is
		r.line("const %s t = blockIdx.x / %d;", r.integer(), pieces)
	}
	r.at("t", r.kept)
	r.accumulators()
	r.line("const %s end = vn_least((piece + 1) * %d, %s);", r.integer(), each, number64(gone, r.wide))
	r.open("for (%s k = piece * %d + threadIdx.x; k < end; k += %d)", r.integer(), each, block)
	r.at("k", r.gone)
	r.point()
	r.combine()
	r.close()
	for i, x := range reduces {
		r.line("vn_block_combine<%s, %d>(s%d, warps);", combiner(x.Op), block, i)
	}
	s := shape{grid: [3]int{kept * pieces, 1, 1}, block: block}
	if pieces == 1 {
		r.open("if (threadIdx.x == 0)")
		r.results()
		r.close()
		u.call(r.body, s, r.note("reduce"), cost)
		return
	}
	stride := len(reduces) * r.width
	at := u.take(int64(kept*pieces*stride) * 4)
	partial := r.scratch("float", at)
	r.open("if (threadIdx.x == 0)")
	for i := range reduces {
		r.line("VN_LANES(%d) %s[(t * %d + piece) * %d + %d + l] = s%d[l];", r.width, partial, pieces, stride, i*r.width, i)
	}
	r.close()
	u.call(r.body, s, r.note("reduce"), cost)
	u.finish(r, at, kept, pieces)
}

// finish appends the launch that combines what the blocks found, a warp for each result.
func (u *unit) finish(r *reduction, at int64, kept, pieces int) {
	f := *r.sweep
	p := *r.program
	p.body = &body{layout: u.layout, wide: r.wide}
	f.program = &p
	last := &reduction{sweep: &f, kept: r.kept, gone: r.gone, width: r.width}
	stride := len(r.kernel.Reduces) * r.width
	partial := last.scratch("float", at)
	last.line("const %s t = blockIdx.x;", last.integer())
	last.at("t", last.kept)
	last.accumulators()
	last.open("for (int piece = threadIdx.x; piece < %d; piece += %d)", pieces, warpSize)
	for i, x := range r.kernel.Reduces {
		last.line("VN_LANES(%d) s%d[l] = %s::of(s%d[l], %s[(t * %d + piece) * %d + %d + l]);",
			r.width, i, combiner(x.Op), i, partial, pieces, stride, i*r.width)
	}
	last.close()
	for i, x := range r.kernel.Reduces {
		last.line("vn_warp_combine<%s>(s%d);", combiner(x.Op), i)
	}
	last.open("if (threadIdx.x == 0)")
	last.results()
	last.close()
	bytes := int64(kept*pieces*stride) * 4
	u.call(last.body, shape{grid: [3]int{kept, 1, 1}, block: warpSize}, "finish", plan.KernelCost{Bytes: bytes})
}

// accumulators declares what the reductions sum in.
func (r *reduction) accumulators() {
	for i, x := range r.kernel.Reduces {
		r.line("float s%d[%d]; VN_LANES(%d) s%d[l] = %s::identity();", i, r.width, r.width, i, combiner(x.Op))
	}
}

// combine takes a group of lanes into the accumulators.
func (r *reduction) combine() {
	for i, x := range r.kernel.Reduces {
		value := r.ref(x.Register)
		to := "0"
		if r.width > 1 {
			to = "l"
		}
		r.line("VN_LANES(%d) s%d[%s] = %s::of(s%d[%s], %s);", r.lanes, i, to, combiner(x.Op), i, to, value)
	}
}

// results writes the results to where the plan wants them.
func (r *reduction) results() {
	var index []string
	for _, i := range r.kept {
		index = append(index, r.index[i])
	}
	for i, x := range r.kernel.Reduces {
		to := r.pointer(x.Buffer, true)
		at := sum(x.Offset, x.Strides, index)
		if r.width > 1 {
			lane := slices.Index(r.kept, r.axis)
			at = r.lane(at, x.Strides[lane])
		}
		r.line("VN_LANES(%d) %s[%s] = s%d[l];", r.width, to, at, i)
	}
}
