package op

import "github.com/vnlang/vn/compiler/ir"

// Ge is 1 where x is not below y and 0 elsewhere. Nothing holds of a NaN.
type Ge struct{ comparison }

// Kind returns "ge".
func (Ge) Kind() string { return "ge" }

// Evaluate computes the relation for every element.
func (Ge) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	relation(out, args, func(x, y float64) bool { return x >= y })
}
