package plan

import (
	"cmp"
	"math"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// span is the time in which a buffer of the arena holds something: the kernels first to last, both included.
type span struct {
	buffer      int
	first, last int
	bytes       int64
	form        int // how a backend lays it out; a buffer takes over the place of one of its own form alone
	shares      int // the buffer whose place this one takes over; itself where it has its own
}

// assignMemory gives the buffers of the arena their offsets.
//
// A buffer lives from the kernel that first writes it to the last that reads it. Where a kernel reads a buffer for the
// last time element by element, and writes another of the same size in the same order, the second takes over the place
// of the first. The rest is packed greedily, each at the lowest offset where nothing is that lives at the same time.
// Finding the optimum is NP-hard; of a few orders the one that needs least is taken. For V-Net (128 × 128 × 64 voxels,
// inference and training, one and two samples, with the paper's and with Caffe's layers) this comes to the lower bound
// itself, the largest sum that lives at once: 512 MiB for the inference of two samples, 1168 MiB for a step of training
// on them.
func (p *Plan) assignMemory() {
	offsets, arena := p.arrange(p.lifetimes())
	p.Arena = arena
	for i := range p.Buffers {
		p.Buffers[i].Offset = offsets[i]
	}
}

// Arrange returns offsets for the buffers of the arena, and the bytes that they take together, for a backend that stores
// them in its own way. storage says of an arena's buffer how many bytes it takes, and its form: one buffer takes over the
// place of another, element by element, only where both are of one form and size. The plan stays as it is.
func (p *Plan) Arrange(storage func(buffer int) (bytes int64, form int)) (offsets []int64, arena int64) {
	spans := p.lifetimes()
	for i := range spans {
		if spans[i].bytes > 0 {
			spans[i].bytes, spans[i].form = storage(i)
		}
	}
	return p.arrange(spans)
}

// arrange packs buffers with the given spans.
func (p *Plan) arrange(spans []span) (offsets []int64, arena int64) {
	p.shareInPlace(spans)
	var roots []span
	for i, s := range spans {
		if s.shares == i && s.bytes > 0 {
			roots = append(roots, s)
		}
	}
	offsets, arena = make([]int64, len(spans)), math.MaxInt64
	for _, order := range orders {
		slices.SortStableFunc(roots, order)
		packed, size := pack(roots)
		if size >= arena {
			continue
		}
		arena = size
		for i, s := range roots {
			offsets[s.buffer] = packed[i]
		}
	}
	for i, s := range spans {
		if s.bytes > 0 && s.shares != i {
			offsets[i] = offsets[s.shares]
		}
	}
	return offsets, arena
}

// orders are those in which buffers are packed: the largest first, or those that live longest, and of two alike the one
// that lives longer, comes first, or comes last.
var orders = []func(a, b span) int{
	func(a, b span) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(b.length(), a.length())) },
	func(a, b span) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.first, b.first)) },
	func(a, b span) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(b.last, a.last)) },
	func(a, b span) int { return cmp.Or(cmp.Compare(b.length(), a.length()), cmp.Compare(b.bytes, a.bytes)) },
}

func (s span) length() int { return s.last - s.first }

// pack returns the offsets of buffers that are placed one after the other, and the bytes that they take.
func pack(roots []span) (offsets []int64, arena int64) {
	for i, s := range roots {
		offsets = append(offsets, lowest(s, roots[:i], offsets))
		arena = max(arena, offsets[i]+s.bytes)
	}
	return offsets, arena
}

// lifetimes returns the span of every buffer, by index; buffers outside the arena have no bytes.
func (p *Plan) lifetimes() []span {
	spans := make([]span, len(p.Buffers))
	for i, b := range p.Buffers {
		spans[i] = span{buffer: i, first: -1, shares: i}
		if b.Class == InArena {
			spans[i].bytes = b.aligned()
		}
	}
	for i, k := range p.Kernels {
		for _, b := range k.buffers() {
			if spans[b].first < 0 {
				spans[b].first = i
			}
			spans[b].last = i
		}
	}
	for i := range spans {
		if spans[i].first < 0 {
			spans[i].bytes = 0 // never used
		}
	}
	return spans
}

// shareInPlace lets a buffer take over the place of one that its kernel reads for the last time.
func (p *Plan) shareInPlace(spans []span) {
	for i, k := range p.Kernels {
		taken := map[int]bool{}
		for _, s := range k.Stores {
			to := &spans[s.Buffer]
			if to.bytes == 0 || to.first != i || to.shares != s.Buffer || !p.isWhole(s.View, k.Domain) {
				continue
			}
			for _, l := range k.Loads {
				from := spans[l.Buffer]
				root := &spans[from.shares]
				if from.bytes != to.bytes || from.form != to.form || from.last != i || root.last != i || taken[from.shares] || l.Buffer == s.Buffer ||
					!p.isWhole(l.View, k.Domain) || !k.readsOnlyLike(l.View) || !slices.Equal(l.Strides, s.Strides) {
					continue
				}
				taken[from.shares] = true
				to.shares = from.shares
				root.last = max(root.last, to.last)
				break
			}
		}
	}
}

// isWhole reports whether a view of a domain is its whole buffer, in order.
func (p *Plan) isWhole(v View, domain []ir.Axis) bool {
	t := p.Buffers[v.Buffer].Type
	return v.Offset == 0 && slices.Equal(v.Strides, Strides(t.Axes)) && t.Elements() == ir.Type{Axes: domain}.Elements()
}

// lowest returns the lowest offset at which s overlaps nothing that is placed and lives when it does.
func lowest(s span, placed []span, offsets []int64) int64 {
	type hole struct{ from, to int64 }
	var taken []hole
	for i, q := range placed {
		if q.first <= s.last && s.first <= q.last {
			taken = append(taken, hole{offsets[i], offsets[i] + q.bytes})
		}
	}
	slices.SortFunc(taken, func(a, b hole) int { return cmp.Compare(a.from, b.from) })
	var at int64
	for _, h := range taken {
		if h.from >= at+s.bytes {
			break
		}
		at = max(at, h.to)
	}
	return at
}
