package op

import "github.com/vnlang/vn/compiler/ir"

// Mul is x y.
type Mul struct{ binary }

// Kind returns "mul".
func (Mul) Kind() string { return "mul" }

// Gradient: dx = d y, dy = d x.
func (Mul) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x, y := v.Args[0], v.Args[1]
	return []*ir.Value{b.Add(Mul{}, d, y), b.Add(Mul{}, d, x)}
}

// Evaluate computes the formula for every element.
func (Mul) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map2(out, args, func(x, y float64) float64 { return x * y })
}
