package cuda

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// blockWidth is the number of channels that lie side by side in a blocked feature map. Eight halves are 16 bytes, the
// unit in which cp.async copies and ldmatrix reads; so a tap of a convolution is a shift of whole units, and one halo in
// shared memory serves them all.
const blockWidth = 8

// layout says how the buffers of a plan are stored on the device, and where.
//
// A feature map of the arena whose channels come in whole blocks is stored as [batch][channel/8][z][y][x][8], in the
// storage type of the precision; everything else as in the plan, in float32. Parts of a concatenation are ranges of
// channels and stay where they are. A buffer that some kernel reads in another way than along its own axes stays plain.
type layout struct {
	plan   *plan.Plan
	forms  []form
	places []Place
	end    int64 // of the session's memory so far
}

// form is how a buffer is stored.
type form struct {
	dtype   DType
	blocked bool
}

// pageBytes is what every buffer's place is a multiple of: more than any access needs.
const pageBytes = 256

func paged(bytes int64) int64 { return (bytes + pageBytes - 1) / pageBytes * pageBytes }

// newLayout decides the layout of a plan, and gives every buffer its place: the step's numbers, inputs and outputs first,
// then the arena.
func newLayout(p *plan.Plan, precision Precision) *layout {
	l := &layout{plan: p, forms: make([]form, len(p.Buffers)), places: make([]Place, len(p.Buffers)), end: pageBytes}
	for i := range p.Buffers {
		l.forms[i] = form{dtype: F32}
		if l.eligible(i) {
			l.forms[i] = form{precision.storage(), true}
		}
	}
	l.keepPlain()
	offsets, arena := p.Arrange(func(i int) (int64, int) {
		if l.forms[i].blocked {
			return l.bytes(i), 1
		}
		return l.bytes(i), 0
	})
	for i, b := range p.Buffers {
		switch b.Class {
		case plan.Variable:
			l.places[i] = Place{Variable: b.Name}
		case plan.Input, plan.Output:
			l.places[i] = Place{Offset: l.end}
			l.end += l.bytes(i)
		}
	}
	for i, b := range p.Buffers {
		if b.Class == plan.InArena {
			l.places[i] = Place{Offset: l.end + offsets[i]}
		}
	}
	l.end += arena
	return l
}

// bytes returns what a buffer takes.
func (l *layout) bytes(buffer int) int64 {
	return paged(int64(l.plan.Buffers[buffer].Type.Elements()) * l.forms[buffer].dtype.Size())
}

// eligible reports whether a buffer can be blocked by itself.
func (l *layout) eligible(buffer int) bool {
	b := l.plan.Buffers[buffer]
	return b.Class == plan.InArena && isFeatureMap(b.Type) && b.Type.Axes[1].Size%blockWidth == 0
}

// isFeatureMap reports whether a type is [batch, channel, space...].
func isFeatureMap(t ir.Type) bool {
	a := t.Axes
	return len(a) >= 3 && a[0].Name == ir.Batch && a[1].Name == ir.Channel &&
		!slices.ContainsFunc(a[2:], func(x ir.Axis) bool { return !ir.Spatial(x.Name) })
}

// keepPlain takes back the buffers that some kernel does not read or write along their own axes, and those that hold
// sums.
func (l *layout) keepPlain() {
	follow := func(v plan.View, domain []ir.Axis, bounds []plan.Bound) {
		if l.forms[v.Buffer].blocked {
			if _, ok := l.walk(v, domain, bounds); !ok {
				l.forms[v.Buffer] = form{dtype: F32}
			}
		}
	}
	for i := range l.plan.Kernels {
		k := &l.plan.Kernels[i]
		if k.Anchor != nil {
			for j, v := range k.Anchor.Args {
				follow(v, k.Anchor.Types[j].Axes, nil)
			}
		}
		for _, load := range k.Loads {
			follow(load.View, k.Domain, load.Bounds)
		}
		for _, s := range k.Stores {
			follow(s.View, k.Domain, nil)
		}
		for _, r := range k.Reduces {
			l.forms[r.Buffer] = form{dtype: F32}
		}
	}
}

// walk is how a view runs over a blocked buffer: the sample, the channel and the voxel at index 0 of the domain, which may
// lie outside where bounds keep them unread, and the axes of the domain along which they move.
type walk struct {
	sample, channel, voxel int
	channels, voxels       int // of the buffer
	alongSample            int // the domain's axis, or -1
	alongChannel           int
	strides                []int // voxels, for each axis of the domain
}

// walk returns how a view runs over its blocked buffer, or false where it does not run along the buffer's axes.
func (l *layout) walk(v plan.View, domain []ir.Axis, bounds []plan.Bound) (walk, bool) {
	t := l.plan.Buffers[v.Buffer].Type
	w := walk{
		channels: t.Axes[1].Size, voxels: volume(t), alongSample: -1, alongChannel: -1, strides: make([]int, len(domain)),
	}
	start, low := v.Offset, make([]int, len(domain))
	high := make([]int, len(domain))
	for i, x := range domain {
		low[i], high[i] = 0, x.Size
		for _, b := range bounds {
			if b.Axis == i {
				low[i], high[i] = b.Low, b.High
			}
		}
		if low[i] >= high[i] {
			return w, true // nothing is read
		}
		start += low[i] * v.Strides[i]
	}
	w.sample, w.channel, w.voxel = start/(w.channels*w.voxels), start/w.voxels%w.channels, start%w.voxels
	furthest := w.voxel
	for i, x := range domain {
		stride := v.Strides[i]
		count := high[i] - low[i]
		switch {
		case stride == 0 || x.Size == 1:
		case stride < w.voxels:
			w.strides[i] = stride
			furthest += (count - 1) * stride
			w.voxel -= low[i] * stride
		case stride == w.voxels && w.alongChannel < 0:
			if w.channel+count > w.channels {
				return w, false
			}
			w.alongChannel = i
			w.channel -= low[i]
		case stride == w.channels*w.voxels && w.alongSample < 0:
			w.alongSample = i
			w.sample -= low[i]
		default:
			return w, false
		}
	}
	return w, furthest < w.voxels
}

// manyVoxels is from when on the voxels of a channel cannot be counted in 32 bits, as kernels for tensor cores do, even where
// elements are counted in 64.
const manyVoxels = 1 << 31

// volume returns the number of voxels of a feature map.
func volume(t ir.Type) int { return ir.Type{Axes: t.Axes[2:]}.Elements() }
