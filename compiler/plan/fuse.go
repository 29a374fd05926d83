package plan

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// fuser decides which values are computed together.
//
// Every value that is computed gets a home: the group, and so the kernel, that makes it. Groups are ordered as they are
// made, and read only from groups before them. A map joins the latest group that makes one of its arguments, when all
// its other arguments are there by then; so bias, residual and activation ride on their convolution. Otherwise it
// joins a map over the same domain that reads the same data, or opens a group. A reduction joins the map that makes its
// argument, or one beside it, so that the sums of a loss are one pass over its data; and a sum over space joins the
// convolution that makes its argument, so that the gradient of a bias or of a slope takes no pass of its own.
type fuser struct {
	g      *ir.Graph
	views  map[*ir.Value]access
	home   map[*ir.Value]*group
	free   map[*ir.Value]bool // constants, random values and what follows from them alone: made where they are used
	stored map[*ir.Value]bool // written to memory by their home
	groups []*group
}

// group is a kernel in the making.
type group struct {
	order   int
	anchor  *ir.Value // nil: a map
	domain  ir.Type
	members []*ir.Value        // maps, and the anchor; each after its arguments
	reduces []*ir.Value        // reductions over the domain
	reads   map[*ir.Value]bool // what the members read in full from memory
}

// fuse gives every value its home.
func fuse(g *ir.Graph, views map[*ir.Value]access) *fuser {
	f := &fuser{
		g: g, views: views,
		home: map[*ir.Value]*group{}, free: map[*ir.Value]bool{}, stored: map[*ir.Value]bool{},
	}
	needed := f.neededInMemory()
	for _, v := range g.Values {
		switch {
		case isFree(v, f, needed):
			f.free[v] = true
		case inMemory(v) || isView(v) || isConcat(v):
		case isAnchor(v):
			f.open(v.Type, v)
		case isReduce(v):
			f.placeReduce(v)
		default:
			f.placeMap(v)
		}
	}
	f.chooseStores(needed)
	return f
}

// neededInMemory returns the values that must be stored whatever the grouping.
func (f *fuser) neededInMemory() map[*ir.Value]bool {
	needed := map[*ir.Value]bool{}
	for _, v := range f.g.Values {
		if isAnchor(v) || isConcat(v) {
			for _, a := range v.Args {
				needed[a] = true
			}
		}
		if a, ok := f.views[v]; ok && !f.isConstantView(v) {
			needed[a.base] = true
		}
		if _, ok := v.Op.(op.ConvolveWeight); ok || isReduce(v) {
			needed[v] = true
		}
	}
	for _, o := range f.g.Outputs {
		needed[o.Value] = true
	}
	for _, u := range f.g.Updates {
		needed[u.Value] = true
	}
	return needed
}

// isConstantView reports whether a view reads the same constant everywhere.
func (f *fuser) isConstantView(v *ir.Value) bool {
	a, ok := f.views[v]
	if !ok {
		return false
	}
	if _, ok := a.base.Op.(op.Constant); !ok {
		return false
	}
	return len(a.load(v.Type, View{Strides: Strides(a.as.Axes)}).Bounds) == 0
}

// isFree reports whether a value is made anew wherever it is used.
func isFree(v *ir.Value, f *fuser, needed map[*ir.Value]bool) bool {
	if f.isConstantView(v) {
		return true
	}
	if needed[v] || isView(v) || isAnchor(v) || isReduce(v) || isConcat(v) || inMemory(v) {
		return false
	}
	for _, a := range v.Args {
		if !f.free[a] {
			return false
		}
	}
	return true
}

// open appends a group.
func (f *fuser) open(domain ir.Type, anchor *ir.Value) *group {
	h := &group{order: len(f.groups), anchor: anchor, domain: domain, reads: map[*ir.Value]bool{}}
	f.groups = append(f.groups, h)
	if anchor != nil {
		h.members = append(h.members, anchor)
		f.home[anchor] = h
	}
	return h
}

// ready returns the order of the group after which a value lies in memory, if it is stored: -1 for what is there before
// the step.
func (f *fuser) ready(v *ir.Value) int {
	switch {
	case inMemory(v) || f.free[v]:
		return -1
	case isView(v):
		return f.ready(f.views[v].base)
	case isConcat(v):
		last := -1
		for _, a := range v.Args {
			last = max(last, f.ready(a))
		}
		return last
	}
	return f.home[v].order
}

// elementwise returns the home of an argument that a map in the same group could use straight from a register.
func (f *fuser) elementwise(a *ir.Value) *group {
	if h := f.home[a]; h != nil && !isReduce(a) {
		return h
	}
	return nil
}

// placeMap gives a map its home.
func (f *fuser) placeMap(v *ir.Value) {
	var latest *group
	after := -1 // the home must come after this group, because it reads its result from memory
	for _, a := range v.Args {
		if h := f.elementwise(a); h != nil {
			if latest == nil || h.order > latest.order {
				latest = h
			}
		} else {
			after = max(after, f.ready(a))
		}
	}
	if latest != nil && latest.order > after && sameAxes(latest.domain, v.Type) && latest.takesMaps() {
		f.join(latest, v)
		return
	}
	if latest != nil {
		after = max(after, latest.order)
	}
	h := f.beside(v, after)
	if h == nil {
		h = f.open(v.Type, nil)
	}
	f.join(h, v)
}

// takesMaps reports whether maps may ride on the group. A weight gradient takes none: it is small, and what follows it,
// the optimizer's update, has to wait until the weight has been read for the last time.
func (h *group) takesMaps() bool {
	if h.anchor == nil {
		return true
	}
	_, weight := h.anchor.Op.(op.ConvolveWeight)
	return !weight
}

// takesReduce reports whether the reduction v may ride on the group. A convolution takes sums over the whole of space,
// whatever becomes of batch and channel: its result is made piece by piece, and such sums are so few numbers that each
// piece can have its own.
func (h *group) takesReduce(v *ir.Value) bool {
	if h.anchor == nil {
		return true
	}
	switch h.anchor.Op.(type) {
	case op.Convolve, op.ConvolveInput:
	default:
		return false
	}
	sum, ok := v.Op.(op.Sum)
	if !ok {
		return false
	}
	for _, x := range h.domain.Axes[2:] {
		if !slices.Contains(sum.Axes, x.Name) {
			return false
		}
	}
	return true
}

// placeReduce gives a reduction its home.
func (f *fuser) placeReduce(v *ir.Value) {
	arg := v.Args[0]
	h := f.elementwise(arg)
	if h == nil || !h.takesReduce(v) || !sameAxes(h.domain, arg.Type) {
		if h = f.beside(v, f.ready(arg)); h == nil {
			h = f.open(arg.Type, nil)
		}
	}
	h.reduces = append(h.reduces, v)
	f.home[v] = h
	f.read(h, arg)
}

// beside returns the latest map group over the domain of v's arguments that comes after the given one and reads in full
// something that v reads, or nil.
func (f *fuser) beside(v *ir.Value, after int) *group {
	domain := v.Type
	if isReduce(v) {
		domain = v.Args[0].Type
	}
	for i := len(f.groups) - 1; i > after; i-- {
		h := f.groups[i]
		if h.anchor != nil || !sameAxes(h.domain, domain) {
			continue
		}
		for _, a := range v.Args {
			if base, full := f.source(a); full && h.reads[base] {
				return h
			}
		}
	}
	return nil
}

// source returns the value whose memory an argument is read from, and whether it is read in full, not broadcast.
func (f *fuser) source(a *ir.Value) (*ir.Value, bool) {
	if x, ok := f.views[a]; ok {
		return x.base, a.Type.Elements() <= x.base.Type.Elements()
	}
	return a, len(a.Type.Axes) > 0 && !f.free[a]
}

// join makes v a member of h.
func (f *fuser) join(h *group, v *ir.Value) {
	h.members = append(h.members, v)
	f.home[v] = h
	for _, a := range v.Args {
		f.read(h, a)
	}
}

func (f *fuser) read(h *group, a *ir.Value) {
	if f.home[a] == h && !isReduce(a) {
		return
	}
	if base, full := f.source(a); full {
		h.reads[base] = true
	}
}

// chooseStores decides which values are written to memory: those that must be, and those that another group uses and
// would have to work too hard to compute again.
func (f *fuser) chooseStores(needed map[*ir.Value]bool) {
	for v := range needed {
		if f.home[v] != nil {
			f.stored[v] = true
		}
	}
	type use struct {
		v *ir.Value
		h *group
	}
	var crossing []use
	for _, h := range f.groups {
		for _, v := range slices.Concat(h.members, h.reduces) {
			for _, a := range v.Args {
				if from := f.home[a]; from != nil && from != h && !isReduce(a) && v != h.anchor {
					crossing = append(crossing, use{a, h})
				}
			}
		}
	}
	slices.SortStableFunc(crossing, func(a, b use) int { return a.v.ID - b.v.ID })
	for _, u := range crossing {
		if !f.stored[u.v] && !f.cheapIn(u.v, u.h) {
			f.stored[u.v] = true
		}
	}
}

// What a group may do to compute a value again instead of loading it: a few cheap maps, such as a normalisation, of one
// value that it would load in its stead, or has loaded anyway, and of broadcast parameters.
const (
	maxAgainOps   = 6
	maxAgainLoads = 1
)

// cheapIn reports whether the group h may compute v again.
func (f *fuser) cheapIn(v *ir.Value, h *group) bool {
	ops, loads := 0, map[*ir.Value]bool{}
	var walk func(v *ir.Value) bool
	walk = func(v *ir.Value) bool {
		switch {
		case f.free[v]:
			return true
		case inMemory(v) || isView(v) || isConcat(v) || f.stored[v]:
			if base, full := f.source(v); full && !h.reads[base] {
				loads[base] = true
			}
			return true
		case v == f.home[v].anchor || !cheap(v):
			return false
		}
		ops++
		for _, a := range v.Args {
			if ops > maxAgainOps || !walk(a) {
				return false
			}
		}
		return true
	}
	return walk(v) && len(loads) <= maxAgainLoads
}

// cheap reports whether a map takes a cycle or two an element.
func cheap(v *ir.Value) bool {
	switch v.Op.(type) {
	case op.Exp, op.Log, op.Pow:
		return false
	}
	return true
}
