package op

import "github.com/vnlang/vn/compiler/ir"

// Lt is 1 where x is below y and 0 elsewhere. Nothing holds of a NaN.
type Lt struct{ comparison }

// Kind returns "lt".
func (Lt) Kind() string { return "lt" }

// Evaluate computes the relation for every element.
func (Lt) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	relation(out, args, func(x, y float64) bool { return x < y })
}
