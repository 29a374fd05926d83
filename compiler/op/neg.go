package op

import "github.com/vnlang/vn/compiler/ir"

// Neg is -x.
type Neg struct{ unary }

// Kind returns "neg".
func (Neg) Kind() string { return "neg" }

// Gradient: dx = -d.
func (Neg) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{b.Add(Neg{}, d)}
}

// Evaluate computes the formula for every element.
func (Neg) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map1(out, args, func(x float64) float64 { return -x })
}
