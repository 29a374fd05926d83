package pass

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// Fold computes what is known before the step, and removes what does nothing: arithmetic on constants; adding 0,
// multiplying by 1 and the like; shapes that change nothing, and two in a row that are one. Products with 0 stay, for
// the other factor may be infinite.
func Fold(g *ir.Graph) error {
	return rewrite(g, func(b *ir.Builder, v *ir.Value) *ir.Value {
		if w := identity(v); w != nil {
			return w
		}
		if w := merged(b, v); w != nil {
			return w
		}
		return constant(b, v)
	})
}

// identity returns the argument that v equals, or nil.
func identity(v *ir.Value) *ir.Value {
	if len(v.Args) == 0 {
		return nil
	}
	x := v.Args[0]
	second := func() (float64, bool) { return splat(v.Args[1]) }
	switch o := v.Op.(type) {
	case op.StopGradient:
		return x
	case op.Broadcast, op.Reshape, op.Cast, op.Slice, op.Pad, op.Concat:
		if len(v.Args) == 1 && v.Type.Equal(x.Type) {
			return x
		}
	case op.Transpose:
		if slices.IsSorted(o.Order) {
			return x
		}
	case op.Neg:
		if _, ok := x.Op.(op.Neg); ok {
			return x.Args[0]
		}
	case op.Add:
		if c, ok := splat(x); ok && c == 0 {
			return v.Args[1]
		}
		if c, ok := second(); ok && c == 0 {
			return x
		}
	case op.Sub:
		if c, ok := second(); ok && c == 0 {
			return x
		}
	case op.Mul:
		if c, ok := splat(x); ok && c == 1 {
			return v.Args[1]
		}
		if c, ok := second(); ok && c == 1 {
			return x
		}
	case op.Div, op.Pow:
		if c, ok := second(); ok && c == 1 {
			return x
		}
	case op.Select:
		if c, ok := splat(x); ok && c != 0 {
			return v.Args[1]
		} else if ok {
			return v.Args[2]
		}
	}
	return nil
}

// merged makes one op of two of the same kind in a row, or none where the second undoes the first.
func merged(b *ir.Builder, v *ir.Value) *ir.Value {
	switch v.Op.(type) {
	case op.Broadcast, op.Reshape:
	default:
		return nil
	}
	x := v.Args[0]
	if x.Op.Kind() != v.Op.Kind() {
		return nil
	}
	if v.Type.Equal(x.Args[0].Type) {
		return x.Args[0]
	}
	return b.Add(v.Op, x.Args[0])
}

// constant returns the constant that a map of constants is, or nil.
func constant(b *ir.Builder, v *ir.Value) *ir.Value {
	if !isMap(v) || v.Type.DType != ir.F32 {
		return nil
	}
	args := make([]*ir.Tensor, len(v.Args))
	for i, a := range v.Args {
		c, ok := splat(a)
		if !ok || a.Type.DType != ir.F32 {
			return nil
		}
		args[i] = &ir.Tensor{Type: ir.NewType(), Data: []float64{c}}
	}
	out := ir.NewTensor(ir.NewType())
	v.Op.Evaluate(ir.Context{}, out, args)
	return op.Filled(b, v.Type, out.Data[0])
}

// splat returns the constant that a value is everywhere.
func splat(v *ir.Value) (float64, bool) {
	switch o := v.Op.(type) {
	case op.Constant:
		return o.Value, true
	case op.Broadcast, op.Reshape, op.Transpose, op.Slice:
		return splat(v.Args[0])
	}
	return 0, false
}

// isMap reports whether an op works element by element, in one dtype.
func isMap(v *ir.Value) bool { return op.Arity(v.Op) > 0 }
