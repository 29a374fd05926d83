package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Min is the smaller one of x and y, and NaN where either is NaN.
type Min struct{ binary }

// Kind returns "min".
func (Min) Kind() string { return "min" }

// Gradient: d goes to the smaller argument, and to the first where they are equal.
func (Min) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x, y := v.Args[0], v.Args[1]
	first, zero := b.Add(Le{}, x, y), Filled(b, v.Type, 0)
	return []*ir.Value{b.Add(Select{}, first, d, zero), b.Add(Select{}, first, zero, d)}
}

// Evaluate computes the formula for every element.
func (Min) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map2(out, args, math.Min)
}
