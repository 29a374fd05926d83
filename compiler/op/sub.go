package op

import "github.com/vnlang/vn/compiler/ir"

// Sub is x - y.
type Sub struct{ binary }

// Kind returns "sub".
func (Sub) Kind() string { return "sub" }

// Gradient: dx = d, dy = -d.
func (Sub) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{d, b.Add(Neg{}, d)}
}

// Evaluate computes the formula for every element.
func (Sub) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map2(out, args, func(x, y float64) float64 { return x - y })
}
