package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Log is the natural logarithm of x: -Inf at 0, NaN below.
type Log struct{ unary }

// Kind returns "log".
func (Log) Kind() string { return "log" }

// Gradient: dx = d / x.
func (Log) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{b.Add(Div{}, d, v.Args[0])}
}

// Evaluate computes the formula for every element.
func (Log) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map1(out, args, math.Log)
}
