package op

import "github.com/vnlang/vn/compiler/ir"

// Div is x / y.
type Div struct{ binary }

// Kind returns "div".
func (Div) Kind() string { return "div" }

// Gradient: dx = d / y, dy = -d (x / y) / y.
func (Div) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	dx := b.Add(Div{}, d, v.Args[1])
	return []*ir.Value{dx, b.Add(Neg{}, b.Add(Mul{}, dx, v))}
}

// Evaluate computes the formula for every element.
func (Div) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map2(out, args, func(x, y float64) float64 { return x / y })
}
