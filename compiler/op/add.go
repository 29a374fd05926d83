package op

import "github.com/vnlang/vn/compiler/ir"

// Add is x + y.
type Add struct{ binary }

// Kind returns "add".
func (Add) Kind() string { return "add" }

// Gradient: dx = d, dy = d.
func (Add) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{d, d}
}

// Evaluate computes the formula for every element.
func (Add) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map2(out, args, func(x, y float64) float64 { return x + y })
}
