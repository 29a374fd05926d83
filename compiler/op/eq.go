package op

import "github.com/vnlang/vn/compiler/ir"

// Eq is 1 where x equals y and 0 elsewhere. Nothing holds of a NaN.
type Eq struct{ comparison }

// Kind returns "eq".
func (Eq) Kind() string { return "eq" }

// Evaluate computes the relation for every element.
func (Eq) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	relation(out, args, func(x, y float64) bool { return x == y })
}
