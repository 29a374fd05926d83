package op_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/vnlang/vn/compiler/grad"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/internal/rng"
)

// axes returns axes from names and sizes in turn.
func axes(list ...any) []ir.Axis {
	var a []ir.Axis
	for i := 0; i < len(list); i += 2 {
		a = append(a, ir.Axis{Name: list[i].(string), Size: list[i+1].(int)})
	}
	return a
}

// A gradientCase is an op and arguments at which its gradient is compared with finite differences.
type gradientCase struct {
	op   ir.Op
	args [][]ir.Axis
	low  float64 // the arguments lie between low and low + 4; 0 stands for -2
}

var (
	someAxes = axes("batch", 2, "channel", 3, "x", 4)
	scalar   []ir.Axis
)

// notDifferentiable are the ops through which no gradient passes: leaves have no arguments, the others are constant
// almost everywhere, or say so.
var notDifferentiable = []string{
	"input", "parameter", "state", "constant", "random",
	"floor", "stop_gradient", "eq", "ne", "lt", "le", "gt", "ge", "argmax",
	"max_pool_gradient",
}

var gradientCases = []gradientCase{
	{op: op.Neg{}, args: [][]ir.Axis{someAxes}},
	{op: op.Exp{}, args: [][]ir.Axis{someAxes}},
	{op: op.Log{}, args: [][]ir.Axis{someAxes}, low: 0.5},
	{op: op.Sqrt{}, args: [][]ir.Axis{someAxes}, low: 0.5},
	{op: op.Abs{}, args: [][]ir.Axis{someAxes}},
	{op: op.Cast{To: ir.F32}, args: [][]ir.Axis{someAxes}},
	{op: op.Add{}, args: [][]ir.Axis{someAxes, someAxes}},
	{op: op.Sub{}, args: [][]ir.Axis{someAxes, someAxes}},
	{op: op.Mul{}, args: [][]ir.Axis{someAxes, someAxes}},
	{op: op.Mul{}, args: [][]ir.Axis{scalar, scalar}},
	{op: op.Div{}, args: [][]ir.Axis{someAxes, someAxes}, low: 0.5},
	{op: op.Max{}, args: [][]ir.Axis{someAxes, someAxes}},
	{op: op.Min{}, args: [][]ir.Axis{someAxes, someAxes}},
	{op: op.Pow{}, args: [][]ir.Axis{someAxes, someAxes}, low: 0.5},
	{op: op.Select{}, args: [][]ir.Axis{someAxes, someAxes, someAxes}},
	{op: op.Broadcast{Axes: axes("batch", 2, "channel", 3, "y", 2, "x", 4)}, args: [][]ir.Axis{axes("channel", 1, "x", 4)}},
	{op: op.Broadcast{Axes: axes("channel", 3, "x", 1)}, args: [][]ir.Axis{axes("channel", 3, "x", 1)}},
	{op: op.Broadcast{Axes: someAxes}, args: [][]ir.Axis{scalar}},
	{op: op.Reshape{Axes: axes("y", 6, "x", 4)}, args: [][]ir.Axis{someAxes}},
	{op: op.Transpose{Order: []int{1, 2, 0}}, args: [][]ir.Axis{someAxes}},
	{op: op.Slice{Axis: "channel", Start: 1, Stop: 3}, args: [][]ir.Axis{someAxes}},
	{op: op.Slice{Axis: "x", Start: 0, Stop: 4}, args: [][]ir.Axis{someAxes}},
	{op: op.Pad{Axis: "channel", Low: 1, High: 2}, args: [][]ir.Axis{someAxes}},
	{op: op.Concat{Axis: "x"}, args: [][]ir.Axis{someAxes, axes("batch", 2, "channel", 3, "x", 1), someAxes}},
	{op: op.Sum{Axes: []string{"x", "batch"}}, args: [][]ir.Axis{someAxes}},
	{op: op.ReduceMax{Axes: []string{"channel"}}, args: [][]ir.Axis{someAxes}},
	{op: op.ReduceMin{Axes: []string{"batch", "x"}}, args: [][]ir.Axis{someAxes}},
	{op: op.MatMul{}, args: [][]ir.Axis{axes("batch", 2, "y", 3, "x", 4), axes("batch", 2, "x", 4, "channel", 2)}},
	{op: op.MatMul{}, args: [][]ir.Axis{axes("batch", 3, "in", 4), axes("in", 4, "out", 2)}},
	{
		op:   op.MaxPool{Window: []int{2, 3}, Stride: []int{2, 1}, PadLow: []int{1, 2}, PadHigh: []int{0, 1}},
		args: [][]ir.Axis{axes("batch", 2, "y", 4, "x", 5)},
	},
	{op: op.Resize{Size: []int{3, 7}, Mode: op.Linear}, args: [][]ir.Axis{axes("batch", 2, "y", 5, "x", 4)}},
	{op: op.Resize{Size: []int{6}, Mode: op.Nearest}, args: [][]ir.Axis{axes("channel", 2, "x", 4)}},
	{op: op.ResizeGradient{Size: []int{5, 4}, Mode: op.Linear}, args: [][]ir.Axis{axes("batch", 2, "y", 3, "x", 7)}},
	{op: op.ResizeGradient{Size: []int{4}, Mode: op.Nearest}, args: [][]ir.Axis{axes("channel", 2, "x", 6)}},
}

// convolutionCases returns the three convolution ops in one, two and three dimensions.
func convolutionCases() []gradientCase {
	var cases []gradientCase
	for _, c := range []struct {
		x, w []ir.Axis
		op   op.Convolve
	}{
		{
			axes("batch", 2, "channel", 2, "x", 7), axes("out", 3, "in", 2, "x", 3),
			op.Convolve{Stride: []int{2}, PadLow: []int{1}, PadHigh: []int{2}, Dilation: []int{1}, Groups: 1},
		},
		{
			axes("batch", 1, "channel", 4, "y", 4, "x", 5), axes("out", 2, "in", 2, "y", 2, "x", 3),
			op.Convolve{Stride: []int{1, 2}, PadLow: []int{0, 2}, PadHigh: []int{1, 0}, Dilation: []int{2, 1}, Groups: 2},
		},
		{
			axes("batch", 2, "channel", 2, "z", 3, "y", 4, "x", 5), axes("out", 2, "in", 1, "z", 2, "y", 3, "x", 2),
			op.Convolve{
				Stride: []int{1, 1, 2}, PadLow: []int{1, 1, 0}, PadHigh: []int{0, 1, 1}, Dilation: []int{1, 1, 3}, Groups: 2,
			},
		},
	} {
		o := c.op
		y, err := o.Infer([]ir.Type{ir.NewType(c.x...), ir.NewType(c.w...)})
		if err != nil {
			panic(err)
		}
		cases = append(cases,
			gradientCase{op: o, args: [][]ir.Axis{c.x, c.w}},
			gradientCase{
				op: op.ConvolveInput{Stride: o.Stride, PadLow: o.PadLow, PadHigh: o.PadHigh, Dilation: o.Dilation, Groups: o.Groups,
					Size: ir.NewType(c.x...).Shape()[2:]},
				args: [][]ir.Axis{y.Axes, c.w},
			},
			gradientCase{
				op: op.ConvolveWeight{Stride: o.Stride, PadLow: o.PadLow, PadHigh: o.PadHigh, Dilation: o.Dilation, Groups: o.Groups,
					Kernel: ir.NewType(c.w...).Shape()[2:]},
				args: [][]ir.Axis{c.x, y.Axes},
			},
		)
	}
	return cases
}

// TestGradients compares every op's gradient with central finite differences in float64, and every op has a case or
// stands among those that are not differentiable.
func TestGradients(t *testing.T) {
	tested := map[string]bool{}
	for i, c := range slices.Concat(gradientCases, convolutionCases()) {
		tested[c.op.Kind()] = true
		t.Run(fmt.Sprint(c.op.Kind(), i), func(t *testing.T) { checkGradient(t, c) })
	}
	for _, o := range op.Table {
		if tested[o.Kind()] == slices.Contains(notDifferentiable, o.Kind()) {
			t.Errorf("%s: wants either gradient cases or a place among those that are not differentiable", o.Kind())
		}
	}
}

// checkGradient differentiates the sum of the op's result, each element times a number of its own.
func checkGradient(t *testing.T, c gradientCase) {
	g := &ir.Graph{Name: "gradient", Mode: ir.Training, Batch: 1}
	b := ir.NewBuilder(g)
	leaves := map[string]*ir.Tensor{}
	leaf := func(name string, a []ir.Axis) *ir.Value {
		v := b.Add(op.Input{Name: name, Axes: a})
		leaves[name] = distinct(ir.NewType(a...), uint64(len(leaves)), c.low)
		g.Batch = max(g.Batch, v.Type.Size(ir.Batch))
		return v
	}
	var args []*ir.Value
	for i, a := range c.args {
		args = append(args, leaf(fmt.Sprint("a", i), a))
	}
	v := b.Add(c.op, args...)
	loss := b.Add(op.Mul{}, v, leaf("weights", v.Type.Axes))
	if len(v.Type.Axes) > 0 {
		var all []string
		for _, a := range v.Type.Axes {
			all = append(all, a.Name)
		}
		loss = b.Add(op.Sum{Axes: all}, loss)
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	gradients, err := grad.Backward(g, loss, args)
	if err != nil {
		t.Fatal(err)
	}
	forward := &ir.Graph{Name: g.Name, Mode: g.Mode, Batch: g.Batch, Values: g.Values[:loss.ID+1]}
	forward.Outputs = []ir.Output{{Name: "loss", Value: loss}}
	for i, d := range gradients {
		g.Outputs = append(g.Outputs, ir.Output{Name: fmt.Sprint("d", i), Value: d})
	}
	got := run(t, g, leaves)
	const step = 1e-5
	for i := range args {
		x := leaves[fmt.Sprint("a", i)].Data
		analytic := got[fmt.Sprint("d", i)].Data
		for j := range x {
			kept := x[j]
			x[j] = kept + step
			above := run(t, forward, leaves)["loss"].Data[0]
			x[j] = kept - step
			below := run(t, forward, leaves)["loss"].Data[0]
			x[j] = kept
			numeric := (above - below) / (2 * step)
			if math.Abs(analytic[j]-numeric) > 1e-6*(1+math.Abs(numeric)) {
				t.Fatalf("argument %d, element %d: the gradient is %v, the difference quotient %v", i, j, analytic[j], numeric)
			}
		}
	}
}

// distinct returns a tensor of different numbers from low to low + 4, evenly apart, in a random order: far enough from
// each other and from whole numbers that no finite difference crosses a kink.
func distinct(typ ir.Type, seed uint64, low float64) *ir.Tensor {
	if low == 0 {
		low = -2
	}
	t := ir.NewTensor(typ)
	for i, place := range rng.New(7, seed).Perm(len(t.Data)) {
		t.Data[i] = low + 4*(float64(place)+0.3+0.1*float64(seed))/float64(len(t.Data))
	}
	return t
}

// run evaluates a graph and returns its outputs.
func run(t *testing.T, g *ir.Graph, leaves map[string]*ir.Tensor) map[string]*ir.Tensor {
	t.Helper()
	r, err := ir.Evaluate(g, ir.Context{Seed: 1}, leaves)
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs
}
