package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// MatMul multiplies matrices: a [..., m, k] times b [..., k, n] gives [..., m, n], the sum of a[m, k] b[k, n] over k.
// The axes in front are the same for both, and every one of their elements has its own matrices. The two axes that are
// summed over have one name; Reshape renames an axis.
type MatMul struct{}

// Kind returns "matmul".
func (MatMul) Kind() string { return "matmul" }

// Infer returns [..., m, n] with the names that the axes have in a and b.
func (MatMul) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 2); err != nil {
		return ir.Type{}, err
	}
	a, b := args[0], args[1]
	last := len(a.Axes) - 1
	if last < 1 || len(b.Axes) != last+1 {
		return ir.Type{}, fmt.Errorf("%s and %s are no matrices with the same axes in front", a, b)
	}
	if a.DType != b.DType {
		return ir.Type{}, fmt.Errorf("the arguments are %s and %s", a.DType, b.DType)
	}
	if err := sameAxes(a.Axes[:last-1], b.Axes[:last-1]); err != nil {
		return ir.Type{}, err
	}
	if a.Axes[last] != b.Axes[last-1] {
		return ir.Type{}, fmt.Errorf("the sum runs over axis %s of size %d in the first argument, but %s of size %d in the second",
			a.Axes[last].Name, a.Axes[last].Size, b.Axes[last-1].Name, b.Axes[last-1].Size)
	}
	t := ir.Type{DType: a.DType, Axes: append(append([]ir.Axis{}, a.Axes[:last]...), b.Axes[last])}
	return t, t.Check()
}

// Gradient: da = d bᵀ, db = aᵀ d.
func (MatMul) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	order := make([]int, len(v.Type.Axes))
	for i := range order {
		order[i] = i
	}
	last := len(order) - 1
	order[last-1], order[last] = last, last-1
	transposed := func(x *ir.Value) *ir.Value { return b.Add(Transpose{Order: order}, x) }
	return []*ir.Value{
		b.Add(MatMul{}, d, transposed(v.Args[1])),
		b.Add(MatMul{}, transposed(v.Args[0]), d),
	}
}

// Evaluate sums the products.
func (MatMul) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	a, b := args[0], args[1]
	last := len(a.Type.Axes) - 1
	rows, inner, columns := a.Type.Axes[last-1].Size, a.Type.Axes[last].Size, b.Type.Axes[last].Size
	for i := range out.Data {
		matrix, row, column := i/(rows*columns), i/columns%rows, i%columns
		sum := 0.0
		for k := range inner {
			sum += a.Data[(matrix*rows+row)*inner+k] * b.Data[(matrix*inner+k)*columns+column]
		}
		out.Data[i] = sum
	}
}

// Cost is a multiply-add for each term of the sums.
func (MatMul) Cost(out ir.Type, args []ir.Type) ir.Cost {
	inner := args[0].Axes[len(args[0].Axes)-1].Size
	return ir.Cost{FLOPs: 2 * int64(inner) * int64(out.Elements())}
}
