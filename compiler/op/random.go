package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Random is a tensor of random numbers: "uniform" ones in [0, 1), or "normal" ones with mean 0 and variance 1. An
// element is a function of the seed, the step, the op's Stream, the sample in the batch and the place in the sample
// (RandomAt), so neither the order of evaluation nor the number of workers matters. Without a batch axis the sample is
// 0.
type Random struct {
	Stream       int // tells the ops of one graph apart; not negative
	Axes         []ir.Axis
	Distribution string
}

// The distributions of Random.
const (
	Uniform = "uniform"
	Normal  = "normal"
)

// Kind returns "random".
func (Random) Kind() string { return "random" }

// Infer returns the f32 type with the op's axes.
func (r Random) Infer(args []ir.Type) (ir.Type, error) {
	switch {
	case r.Distribution != Uniform && r.Distribution != Normal:
		return ir.Type{}, fmt.Errorf("the distribution %q is neither %s nor %s", r.Distribution, Uniform, Normal)
	case r.Stream < 0:
		return ir.Type{}, fmt.Errorf("the stream is %d", r.Stream)
	}
	t, err := leafType(args, r.Axes)
	if err == nil && t.Index(ir.Batch) > 0 {
		return t, fmt.Errorf("the batch axis of %s does not come first", t)
	}
	return t, err
}

// Gradient has nothing to pass on: there are no arguments.
func (Random) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value { return nil }

// Evaluate draws every element.
func (r Random) Evaluate(c ir.Context, out *ir.Tensor, _ []*ir.Tensor) {
	samples := max(1, out.Type.Size(ir.Batch))
	elements := len(out.Data) / samples
	for i := range out.Data {
		out.Data[i] = RandomAt(r.Distribution, c.Seed, c.Step, r.Stream, uint64(i/elements), uint64(i%elements))
	}
}

// Cost is one operation an element, though drawing one takes more: how many is the generator's affair.
func (Random) Cost(out ir.Type, _ []ir.Type) ir.Cost { return perElement(out, 1) }
