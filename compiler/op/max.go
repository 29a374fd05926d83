package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Max is the larger one of x and y, and NaN where either is NaN.
type Max struct{ binary }

// Kind returns "max".
func (Max) Kind() string { return "max" }

// Gradient: d goes to the larger argument, and to the first where they are equal.
func (Max) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x, y := v.Args[0], v.Args[1]
	first, zero := b.Add(Ge{}, x, y), Filled(b, v.Type, 0)
	return []*ir.Value{b.Add(Select{}, first, d, zero), b.Add(Select{}, first, zero, d)}
}

// Evaluate computes the formula for every element.
func (Max) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map2(out, args, math.Max)
}
