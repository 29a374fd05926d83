package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Floor is the largest whole number that is not above x.
type Floor struct{ unary }

// Kind returns "floor".
func (Floor) Kind() string { return "floor" }

// Gradient: none, for it is constant almost everywhere.
func (Floor) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value {
	return []*ir.Value{nil}
}

// Evaluate computes the formula for every element.
func (Floor) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map1(out, args, math.Floor)
}
