package op

import (
	"github.com/vnlang/vn/compiler/ir"
)

// Cast is x, rounded to the nearest number of another dtype (ir.DType.Round).
type Cast struct {
	To ir.DType
}

// Kind returns "cast".
func (Cast) Kind() string { return "cast" }

// Infer returns the argument's type with the new dtype.
func (c Cast) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	return ir.Type{DType: c.To, Axes: args[0].Axes}, nil
}

// Gradient: dx = d, cast back. Rounding itself counts as the identity.
func (Cast) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{b.Add(Cast{To: v.Args[0].Type.DType}, d)}
}

// Evaluate rounds every element.
func (c Cast) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map1(out, args, c.To.Round)
}

// Cost is none: only bytes move.
func (Cast) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
