package op

import "github.com/vnlang/vn/compiler/ir"

// Ne is 1 where x differs from y and 0 elsewhere. A NaN differs from everything.
type Ne struct{ comparison }

// Kind returns "ne".
func (Ne) Kind() string { return "ne" }

// Evaluate computes the relation for every element.
func (Ne) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	relation(out, args, func(x, y float64) bool { return x != y })
}
