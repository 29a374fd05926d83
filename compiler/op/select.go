package op

import "github.com/vnlang/vn/compiler/ir"

// Select is a where the condition is not 0, and b elsewhere. The arguments are the condition, a and b; they have the
// same axes, and a and b the same dtype. What is not chosen may be NaN.
type Select struct{}

// Kind returns "select".
func (Select) Kind() string { return "select" }

func (Select) mapArity() int { return 3 }

// Infer returns the type of a and b.
func (Select) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 3); err != nil {
		return ir.Type{}, err
	}
	if err := sameAxes(args[0].Axes, args[1].Axes); err != nil {
		return ir.Type{}, err
	}
	return args[1], sameType(args[1], args[2])
}

// Gradient: da = d where the condition is not 0, db = d elsewhere; the condition gets none.
func (Select) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	condition, zero := v.Args[0], Filled(b, v.Type, 0)
	return []*ir.Value{nil, b.Add(Select{}, condition, d, zero), b.Add(Select{}, condition, zero, d)}
}

// Evaluate chooses for every element.
func (Select) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	for i, condition := range args[0].Data {
		if condition != 0 {
			out.Data[i] = args[1].Data[i]
		} else {
			out.Data[i] = args[2].Data[i]
		}
	}
}

// Cost is one operation an element.
func (Select) Cost(out ir.Type, _ []ir.Type) ir.Cost { return perElement(out, 1) }
