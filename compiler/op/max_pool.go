package op

import "github.com/vnlang/vn/compiler/ir"

// MaxPool is the largest element of each window that slides over the spatial axes of x, [batch, channel, z, y, x] or
// with other axes in front. The padding never wins: it counts as -Inf, and is less than the window.
type MaxPool struct {
	Window, Stride, PadLow, PadHigh []int
}

func (o MaxPool) pool() pool { return pool{o.Window, o.Stride, o.PadLow, o.PadHigh} }

// Kind returns "max_pool".
func (MaxPool) Kind() string { return "max_pool" }

// Infer returns the type of x with the spatial sizes (size + padlow + padhigh - window)/stride + 1, rounded down.
func (o MaxPool) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	return o.pool().result(args[0])
}

// Gradient: dx = max_pool_gradient(x, d).
func (o MaxPool) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{b.Add(MaxPoolGradient(o), v.Args[0], d)}
}

// Evaluate takes the largest element of each window.
func (o MaxPool) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	for i, place := range o.pool().largest(args[0], out.Type) {
		out.Data[i] = args[0].Data[place]
	}
}

// Cost is one operation for each place of a window.
func (o MaxPool) Cost(out ir.Type, _ []ir.Type) ir.Cost { return o.pool().cost(out) }
