package plan

import (
	"reflect"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// writer makes the kernel of one group: it writes the pointwise program that computes what the group stores and
// reduces, and loads the rest.
type writer struct {
	f       *fuser
	h       *group
	place   *places
	kernel  Kernel
	current map[*ir.Value]int // registers
}

// kernel returns the kernel of a group, or false when nothing that the group makes is used.
func (f *fuser) kernel(h *group, place *places) (Kernel, bool) {
	w := &writer{f: f, h: h, place: place, current: map[*ir.Value]int{}}
	w.kernel.Domain = h.domain.Axes
	var first *ir.Value
	for _, v := range h.members {
		if f.stored[v] {
			w.kernel.Stores = append(w.kernel.Stores, Store{w.register(v), place.view(v)})
			if first == nil {
				first = v
			}
		}
	}
	for _, v := range h.reduces {
		w.kernel.Reduces = append(w.kernel.Reduces, w.reduce(v))
		if first == nil {
			first = v
		}
	}
	if first == nil {
		return Kernel{}, false
	}
	if h.anchor != nil {
		w.anchor()
		first = h.anchor
	}
	w.kernel.Name, w.kernel.Stage, w.kernel.At = first.Name, first.Stage, first.At
	w.kernel.Cost.Bytes = w.kernel.bytes()
	return w.kernel, true
}

// anchor describes the group's anchor.
func (w *writer) anchor() {
	v := w.h.anchor
	a := &Anchor{Value: v.Name, Op: v.Op, Type: v.Type}
	for _, x := range v.Args {
		at := w.place.view(x)
		if view, ok := w.f.views[x]; ok {
			at = view.load(x.Type, w.place.view(view.base)).View
		}
		a.Args = append(a.Args, at)
		a.Types = append(a.Types, x.Type)
	}
	w.kernel.Anchor = a
	if _, ok := w.current[v]; !ok {
		w.register(v) // nothing reads the result itself, which cannot be: the group would have no stores
	}
}

// register returns the register that holds v on the kernel's domain, writing the instructions that it takes.
func (w *writer) register(v *ir.Value) int {
	if r, ok := w.current[v]; ok {
		return r
	}
	r := w.make(v)
	w.current[v] = r
	return r
}

func (w *writer) make(v *ir.Value) int {
	f := w.f
	switch {
	case f.isConstantView(v):
		return w.emit(Instr{Op: "constant", Value: f.views[v].base.Op.(op.Constant).Value})
	case f.views[v].base != nil:
		return w.load(v, f.views[v])
	case inMemory(v) || isConcat(v) || isReduce(v) || f.home[v] != w.h && f.stored[v]:
		return w.load(v, whole(v))
	case v == w.h.anchor:
		w.count(v)
		return w.rounded(v, w.emit(Instr{Op: "anchor"}))
	}
	switch o := v.Op.(type) {
	case op.Constant:
		return w.emit(Instr{Op: "constant", Value: o.Value})
	case op.Random:
		return w.emit(Instr{Op: "random", Index: o.Stream, Text: o.Distribution})
	case op.StopGradient:
		return w.register(v.Args[0])
	case op.Cast:
		return w.rounded(v, w.register(v.Args[0]))
	}
	in := Instr{Op: v.Op.Kind()}
	for _, a := range v.Args {
		in.Args = append(in.Args, w.register(a))
	}
	w.count(v)
	return w.rounded(v, w.emit(in))
}

// rounded returns the register that holds another one in v's dtype: arithmetic is done in float32, and what is of a half
// type is rounded to it behind every operation.
func (w *writer) rounded(v *ir.Value, r int) int {
	if v.Type.DType == ir.F32 {
		return r
	}
	return w.emit(Instr{Op: "cast", Args: []int{r}, Text: string(v.Type.DType)})
}

// emit appends an instruction, or returns the register of one that does the same.
func (w *writer) emit(in Instr) int {
	for r, have := range w.kernel.Program {
		if reflect.DeepEqual(have, in) {
			return r
		}
	}
	w.kernel.Program = append(w.kernel.Program, in)
	return len(w.kernel.Program) - 1
}

func (w *writer) load(v *ir.Value, a access) int {
	l := a.load(v.Type, w.place.view(a.base))
	for i, have := range w.kernel.Loads {
		if reflect.DeepEqual(have, l) {
			return w.emit(Instr{Op: "load", Index: i})
		}
	}
	w.kernel.Loads = append(w.kernel.Loads, l)
	return w.emit(Instr{Op: "load", Index: len(w.kernel.Loads) - 1})
}

func (w *writer) reduce(v *ir.Value) Reduce {
	r := Reduce{Register: w.register(v.Args[0]), Op: v.Op.Kind(), View: w.place.view(v)}
	axes := reducedAxes(v)
	for i, x := range w.h.domain.Axes {
		if slices.Contains(axes, x.Name) {
			r.Axes = append(r.Axes, i)
		}
	}
	w.count(v)
	return r
}

func (w *writer) count(v *ir.Value) {
	types := make([]ir.Type, len(v.Args))
	for i, a := range v.Args {
		types[i] = a.Type
	}
	w.kernel.Cost.FLOPs += v.Op.Cost(v.Type, types).FLOPs
}

// bytes counts what the kernel reads and writes in float32.
func (k *Kernel) bytes() int64 { return k.Bytes(func(int) int64 { return 4 }) }

// Bytes counts what the kernel reads and writes, where a number of a buffer takes so many bytes; what it reads twice, as an
// argument and in its program, counts once.
func (k *Kernel) Bytes(number func(buffer int) int64) (bytes int64) {
	type part struct{ buffer, offset, elements int }
	read := map[part]bool{}
	count := func(v View, elements int) { bytes += int64(elements) * number(v.Buffer) }
	reads := func(v View, elements int) {
		if p := (part{v.Buffer, v.Offset, elements}); !read[p] {
			read[p] = true
			count(v, elements)
		}
	}
	if a := k.Anchor; a != nil {
		for i, t := range a.Types {
			reads(a.Args[i], t.Elements())
		}
	}
	for _, l := range k.Loads {
		reads(l.View, touched(l.Strides, k.Domain))
	}
	for _, s := range k.Stores {
		count(s.View, touched(s.Strides, k.Domain))
	}
	for _, r := range k.Reduces {
		count(r.View, ir.Type{Axes: k.remaining(r)}.Elements())
	}
	return bytes
}

// mapped counts the operations of instructions over the kernel's domain, as the ops count them: one an element.
func (k *Kernel) mapped(program []Instr) int64 {
	n := 0
	for _, in := range program {
		if len(in.Args) > 0 && in.Op != "cast" {
			n++
		}
	}
	return int64(n) * int64(ir.Type{Axes: k.Domain}.Elements())
}

// touched returns the number of different elements that a view reaches over a domain.
func touched(strides []int, domain []ir.Axis) int {
	n := 1
	for i, s := range strides {
		if s != 0 {
			n *= domain[i].Size
		}
	}
	return n
}
