package op

import "github.com/vnlang/vn/compiler/ir"

// Le is 1 where x is not above y and 0 elsewhere. Nothing holds of a NaN.
type Le struct{ comparison }

// Kind returns "le".
func (Le) Kind() string { return "le" }

// Evaluate computes the relation for every element.
func (Le) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	relation(out, args, func(x, y float64) bool { return x <= y })
}
