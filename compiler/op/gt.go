package op

import "github.com/vnlang/vn/compiler/ir"

// Gt is 1 where x is above y and 0 elsewhere. Nothing holds of a NaN.
type Gt struct{ comparison }

// Kind returns "gt".
func (Gt) Kind() string { return "gt" }

// Evaluate computes the relation for every element.
func (Gt) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	relation(out, args, func(x, y float64) bool { return x > y })
}
