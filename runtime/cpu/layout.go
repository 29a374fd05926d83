package cpu

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// layout says which buffers of a plan hold feature maps in blocks of channels, [batch][channel/16][z][y][x][16], and
// which kernels run over blocks of channels.
//
// A block lays the channels that a vector holds side by side, so that a convolution reads and writes whole vectors
// whatever its kernel does with space. The plan knows nothing of it: the size of a sample stays what it is, so offsets in
// the arena and of the parts of a concatenation stay valid. A buffer is blocked when a convolution by blocks reads or
// writes it, its channels come in whole blocks, and every kernel that touches it can follow; buffers that such kernels
// touch beside it are blocked with it. Inputs, outputs and variables stay as the caller knows them.
type layout struct {
	plan    *plan.Plan
	blocked []bool                // by buffer
	split   map[*plan.Kernel]bool // the kernels that run over [..., channel/16, ..., 16]
}

// nowhere is the buffer of a view of something that is no buffer of the plan, and plain.
const nowhere = -1

// splits reports whether a kernel runs over blocks of channels.
func (l *layout) splits(k *plan.Kernel) bool { return l.split[k] }

// newLayout decides the layout of a plan. byBlocks reports whether a kernel's anchor is a convolution that works on blocks,
// and so may read and write blocked or plain feature maps; every other anchor reads plain ones.
func newLayout(p *plan.Plan, byBlocks func(k *plan.Kernel) bool) *layout {
	l := &layout{plan: p, blocked: make([]bool, len(p.Buffers)), split: map[*plan.Kernel]bool{}}
	l.seed(byBlocks)
	l.spread()
	for l.shrink(byBlocks) {
	}
	for i := range p.Kernels {
		k := &p.Kernels[i]
		l.split[k] = l.touchesBlocks(k) && splittable(k, byBlocks)
	}
	return l
}

// seed blocks the buffers that convolutions by blocks read and write.
func (l *layout) seed(byBlocks func(k *plan.Kernel) bool) {
	for i := range l.plan.Kernels {
		k := &l.plan.Kernels[i]
		if k.Anchor == nil || !byBlocks(k) {
			continue
		}
		for _, b := range operands(k) {
			l.blocked[b] = l.eligible(b)
		}
		for _, v := range k.Anchor.Args {
			l.blocked[v.Buffer] = l.eligible(v.Buffer)
		}
	}
}

// spread blocks what kernels touch beside blocked buffers.
func (l *layout) spread() {
	for grown := true; grown; {
		grown = false
		for i := range l.plan.Kernels {
			k := &l.plan.Kernels[i]
			if !l.touchesBlocks(k) {
				continue
			}
			for _, b := range operands(k) {
				if !l.blocked[b] && l.eligible(b) {
					l.blocked[b], grown = true, true
				}
			}
		}
	}
}

// shrink takes a blocked buffer back that some kernel could not follow, and reports whether there was one.
func (l *layout) shrink(byBlocks func(k *plan.Kernel) bool) bool {
	changed := false
	plain := func(buffer int) {
		if l.blocked[buffer] {
			l.blocked[buffer], changed = false, true
		}
	}
	for i := range l.plan.Kernels {
		k := &l.plan.Kernels[i]
		if k.Anchor != nil {
			for j, v := range k.Anchor.Args {
				if !byBlocks(k) || !l.wholeBlocks(v, k.Anchor.Types[j]) {
					plain(v.Buffer)
				}
			}
		}
		split := splittable(k, byBlocks)
		for _, load := range k.Loads {
			if _, ok := l.walk(k, split, load.View, load.Bounds); !ok {
				plain(load.Buffer)
			}
		}
		for _, s := range k.Stores {
			if _, ok := l.walk(k, split, s.View, nil); !ok {
				plain(s.Buffer)
			}
		}
		for _, r := range k.Reduces {
			plain(r.Buffer)
		}
		for _, load := range k.Loads { // what is overwritten element by element has one order
			for _, s := range k.Stores {
				if l.blocked[load.Buffer] != l.blocked[s.Buffer] && l.shareMemory(load.Buffer, s.Buffer) {
					plain(load.Buffer)
					plain(s.Buffer)
				}
			}
		}
	}
	return changed
}

// shareMemory reports whether two buffers lie in the same part of the arena.
func (l *layout) shareMemory(a, b int) bool {
	x, y := l.plan.Buffers[a], l.plan.Buffers[b]
	return x.Class == plan.InArena && y.Class == plan.InArena && x.Offset < y.Offset+y.Bytes() && y.Offset < x.Offset+x.Bytes()
}

// eligible reports whether a buffer can be blocked by itself: it holds feature maps, for a while only.
func (l *layout) eligible(buffer int) bool {
	b := l.plan.Buffers[buffer]
	a := b.Type.Axes
	return b.Class == plan.InArena && len(a) >= 3 && a[0].Name == ir.Batch && a[1].Name == ir.Channel &&
		a[1].Size%kernel.Lanes == 0 && !slices.ContainsFunc(a[2:], func(x ir.Axis) bool { return !ir.Spatial(x.Name) })
}

// touchesBlocks reports whether a program loads or stores a blocked buffer.
func (l *layout) touchesBlocks(k *plan.Kernel) bool {
	return slices.ContainsFunc(operands(k), func(b int) bool { return l.blocked[b] })
}

// operands returns the buffers that a kernel's program loads and stores.
func operands(k *plan.Kernel) []int {
	var list []int
	for _, l := range k.Loads {
		list = append(list, l.Buffer)
	}
	for _, s := range k.Stores {
		list = append(list, s.Buffer)
	}
	return list
}

// wholeBlocks reports whether an argument of an anchor is whole blocks of its buffer, if that is blocked.
func (l *layout) wholeBlocks(v plan.View, t ir.Type) bool {
	if !l.blocked[v.Buffer] {
		return true
	}
	b := l.plan.Buffers[v.Buffer].Type
	voxels := volume(b)
	return len(t.Axes) == len(b.Axes) && t.Axes[1].Size%kernel.Lanes == 0 && slices.Equal(t.Axes[2:], b.Axes[2:]) &&
		v.Offset%(kernel.Lanes*voxels) == 0 && denseSample(v, t) == nil
}

// volume returns the number of voxels of a feature map.
func volume(t ir.Type) int { return ir.Type{Axes: t.Axes[2:]}.Elements() }

// channelAxis returns the place of the channels in a kernel's domain, or -1.
func channelAxis(k *plan.Kernel) int {
	return slices.IndexFunc(k.Domain, func(x ir.Axis) bool { return x.Name == ir.Channel })
}

// splittable reports whether a kernel can run over blocks of channels: they come in whole blocks, no operand has a bound
// within one, its reductions take away all axes behind the channels, so that the rows of blocks are summed as a whole, and
// its anchor is no convolution that makes plain maps.
func splittable(k *plan.Kernel, byBlocks func(k *plan.Kernel) bool) bool {
	at := channelAxis(k)
	if at < 0 || k.Domain[at].Size%kernel.Lanes != 0 {
		return false
	}
	if k.Anchor != nil && !byBlocks(k) {
		if _, _, ok := convolutionOf(k.Anchor); ok {
			return false
		}
	}
	for _, l := range k.Loads {
		for _, b := range l.Bounds {
			if b.Axis == at && (b.Low%kernel.Lanes != 0 || b.High%kernel.Lanes != 0) {
				return false
			}
		}
	}
	for _, r := range k.Reduces {
		behind := 1 // elements of a channel that the reduction takes away
		for i, x := range k.Domain[at+1:] {
			if !slices.Contains(r.Axes, at+1+i) && x.Size > 1 {
				return false
			}
			behind *= x.Size
		}
		if behind == 1 {
			return false
		}
	}
	return true
}

// walk is how a kernel goes through an operand: strides in elements for the axes of its domain, the channels of a split
// domain a block at a time, and the stride from one channel of a block to the next.
type walk struct {
	offset  int
	strides []int
	across  int
	bounds  []plan.Bound
}

// walk returns how a kernel goes through a view, or false when it cannot because the view's buffer is blocked.
func (l *layout) walk(k *plan.Kernel, split bool, v plan.View, bounds []plan.Bound) (walk, bool) {
	w := walk{offset: v.Offset, strides: slices.Clone(v.Strides), bounds: slices.Clone(bounds)}
	blocked := v.Buffer >= 0 && l.blocked[v.Buffer]
	if blocked && !l.enter(&w, v.Buffer, k.Domain, split) {
		return w, false
	}
	if !split {
		return w, true
	}
	at := channelAxis(k)
	if !blocked {
		w.across = w.strides[at]
		w.strides[at] *= kernel.Lanes
	}
	for i := range w.bounds {
		if w.bounds[i].Axis == at {
			w.bounds[i].Low /= kernel.Lanes
			w.bounds[i].High /= kernel.Lanes
		}
	}
	return w, true
}

// enter turns the walk of a view of a plain buffer into that of the same view of the blocked one, or reports that it cannot:
// the axes must be the buffer's own, by name and stride, and the channels whole blocks or a single one.
func (l *layout) enter(w *walk, buffer int, domain []ir.Axis, split bool) bool {
	t := l.plan.Buffers[buffer].Type
	channels, voxels := t.Axes[1].Size, volume(t)
	channel, voxel := w.offset/voxels%channels, w.offset%voxels
	furthest := voxel
	for i, x := range domain {
		stride := w.strides[i]
		if stride == 0 || x.Size == 1 {
			w.strides[i] = 0
			continue
		}
		switch at := t.Index(x.Name); {
		case at < 0 || stride != (ir.Type{Axes: t.Axes[at+1:]}).Elements():
			return false
		case at == 1:
			if !split || channel%kernel.Lanes != 0 || x.Size%kernel.Lanes != 0 || channel+x.Size > channels {
				return false
			}
			w.strides[i], w.across = kernel.Lanes*voxels, 1
		case at > 1:
			w.strides[i] = kernel.Lanes * stride
			furthest += (x.Size - 1) * stride
		}
	}
	block := w.offset - channel%kernel.Lanes*voxels - voxel // where the block begins
	w.offset = block + channel%kernel.Lanes + voxel*kernel.Lanes
	return len(w.bounds) == 0 && furthest < voxels
}
