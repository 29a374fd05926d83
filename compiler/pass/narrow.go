package pass

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// Narrow moves maps before broadcasts: where all arguments of a map are broadcasts of one smaller type, or constants,
// the map is done on that type and its result is broadcast. Gradients of losses and normalisations are full of these.
func Narrow(g *ir.Graph) error {
	return rewrite(g, func(b *ir.Builder, v *ir.Value) *ir.Value {
		t, ok := narrower(v)
		if !ok {
			return nil
		}
		args := make([]*ir.Value, len(v.Args))
		for i, a := range v.Args {
			if c, ok := splat(a); ok {
				args[i] = op.Filled(b, ir.Type{DType: a.Type.DType, Axes: t.Axes}, c)
			} else {
				args[i] = a.Args[0]
			}
		}
		return b.Add(op.Broadcast{Axes: v.Type.Axes}, b.Add(v.Op, args...))
	})
}

// narrower returns the smaller type that all arguments of a map are broadcast from.
func narrower(v *ir.Value) (ir.Type, bool) {
	var t ir.Type
	found := false
	if !isMap(v) {
		return t, false
	}
	for _, a := range v.Args {
		if _, ok := splat(a); ok {
			continue
		}
		if _, ok := a.Op.(op.Broadcast); !ok {
			return t, false
		}
		from := a.Args[0].Type
		if found && !from.Equal(t) {
			return t, false
		}
		t, found = from, true
	}
	return t, found && t.Elements() < v.Type.Elements()
}
