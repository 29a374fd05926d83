package op_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// vector returns a tensor with the axis x alone.
func vector(data ...float64) *ir.Tensor { return tensor(axes("x", len(data)), data...) }

func tensor(a []ir.Axis, data ...float64) *ir.Tensor {
	return &ir.Tensor{Type: ir.NewType(a...), Data: data}
}

// evaluations are values computed by hand.
var evaluations = []struct {
	op   ir.Op
	args []*ir.Tensor
	want *ir.Tensor
}{
	{op.Input{Name: "image", Axes: axes("x", 2)}, nil, vector(0, 0)},
	{op.Parameter{Name: "w", Axes: axes("x", 2), Init: "constant", Gain: 0.25}, nil, vector(0.25, 0.25)},
	{op.Parameter{Name: "w", Axes: axes("x", 2), Init: "ones"}, nil, vector(1, 1)},
	{op.Parameter{Name: "w", Axes: axes("x", 2), Init: "zeros"}, nil, vector(0, 0)},
	{op.State{Name: "momentum", Axes: axes("x", 2), Init: 3}, nil, vector(3, 3)},
	{op.Constant{Value: -1.5}, nil, tensor(nil, -1.5)},
	{op.Constant{Value: 2, Axes: axes("x", 2)}, nil, vector(2, 2)},
	{op.Neg{}, []*ir.Tensor{vector(1, -2, 0)}, vector(-1, 2, 0)},
	{op.Exp{}, []*ir.Tensor{vector(0, 1, math.Inf(-1))}, vector(1, 2.718281828459045, 0)},
	{op.Log{}, []*ir.Tensor{vector(1, 2.718281828459045, 0, -1)}, vector(0, 1, math.Inf(-1), nan)},
	{op.Sqrt{}, []*ir.Tensor{vector(9, 0, -1)}, vector(3, 0, nan)},
	{op.Abs{}, []*ir.Tensor{vector(3, -3, 0)}, vector(3, 3, 0)},
	{op.Floor{}, []*ir.Tensor{vector(1.5, -1.5, 2)}, vector(1, -2, 2)},
	{op.StopGradient{}, []*ir.Tensor{vector(1, 2)}, vector(1, 2)},
	{
		op.Cast{To: ir.BF16},
		[]*ir.Tensor{vector(1, 1.00390625, 1.01171875, 1e-3)}, // two ties
		&ir.Tensor{Type: ir.Type{DType: ir.BF16, Axes: axes("x", 4)}, Data: []float64{1, 1, 1.015625, 0.00099945068359375}},
	},
	{op.Add{}, []*ir.Tensor{vector(1, 2), vector(3, -5)}, vector(4, -3)},
	{op.Sub{}, []*ir.Tensor{vector(1, 2), vector(3, -5)}, vector(-2, 7)},
	{op.Mul{}, []*ir.Tensor{vector(1, 2), vector(3, -5)}, vector(3, -10)},
	{op.Div{}, []*ir.Tensor{vector(1, 2, 0), vector(4, 0, 0)}, vector(0.25, inf, nan)},
	{op.Max{}, []*ir.Tensor{vector(1, 2, nan, 0), vector(3, -5, 0, nan)}, vector(3, 2, nan, nan)},
	{op.Min{}, []*ir.Tensor{vector(1, 2, nan, 0), vector(3, -5, 0, nan)}, vector(1, -5, nan, nan)},
	{op.Pow{}, []*ir.Tensor{vector(2, 4, -2, 0, -2), vector(3, 0.5, 2, 0, 0.5)}, vector(8, 2, 4, 1, nan)},
	{op.Eq{}, []*ir.Tensor{vector(1, 2, 3, nan), vector(2, 2, 2, nan)}, vector(0, 1, 0, 0)},
	{op.Ne{}, []*ir.Tensor{vector(1, 2, 3, nan), vector(2, 2, 2, nan)}, vector(1, 0, 1, 1)},
	{op.Lt{}, []*ir.Tensor{vector(1, 2, 3, nan), vector(2, 2, 2, 1)}, vector(1, 0, 0, 0)},
	{op.Le{}, []*ir.Tensor{vector(1, 2, 3, nan), vector(2, 2, 2, 1)}, vector(1, 1, 0, 0)},
	{op.Gt{}, []*ir.Tensor{vector(1, 2, 3, nan), vector(2, 2, 2, 1)}, vector(0, 0, 1, 0)},
	{op.Ge{}, []*ir.Tensor{vector(1, 2, 3, nan), vector(2, 2, 2, 1)}, vector(0, 1, 1, 0)},
	{op.Select{}, []*ir.Tensor{vector(1, 0, -3), vector(1, nan, 3), vector(nan, 5, 6)}, vector(1, 5, 3)},
	{
		op.Broadcast{Axes: axes("channel", 2, "y", 2, "x", 3)},
		[]*ir.Tensor{tensor(axes("channel", 2, "x", 1), 1, 2)},
		tensor(axes("channel", 2, "y", 2, "x", 3), 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2),
	},
	{op.Broadcast{Axes: axes("y", 2, "x", 2)}, []*ir.Tensor{vector(1, 2)}, tensor(axes("y", 2, "x", 2), 1, 2, 1, 2)},
	{op.Broadcast{Axes: axes("x", 2)}, []*ir.Tensor{tensor(nil, 7)}, vector(7, 7)},
	{
		op.Reshape{Axes: axes("y", 2, "x", 3)},
		[]*ir.Tensor{vector(1, 2, 3, 4, 5, 6)}, tensor(axes("y", 2, "x", 3), 1, 2, 3, 4, 5, 6),
	},
	{
		op.Transpose{Order: []int{2, 0, 1}},
		[]*ir.Tensor{tensor(axes("z", 2, "y", 1, "x", 3), 1, 2, 3, 4, 5, 6)},
		tensor(axes("x", 3, "z", 2, "y", 1), 1, 4, 2, 5, 3, 6),
	},
	{
		op.Slice{Axis: "y", Start: 1, Stop: 3},
		[]*ir.Tensor{tensor(axes("y", 3, "x", 2), 1, 2, 3, 4, 5, 6)}, tensor(axes("y", 2, "x", 2), 3, 4, 5, 6),
	},
	{
		op.Pad{Axis: "y", Low: 1, High: 2},
		[]*ir.Tensor{tensor(axes("y", 1, "x", 2), 1, 2)}, tensor(axes("y", 4, "x", 2), 0, 0, 1, 2, 0, 0, 0, 0),
	},
	{
		op.Concat{Axis: "x"},
		[]*ir.Tensor{tensor(axes("y", 2, "x", 2), 1, 2, 3, 4), tensor(axes("y", 2, "x", 1), 5, 6)},
		tensor(axes("y", 2, "x", 3), 1, 2, 5, 3, 4, 6),
	},
	{
		op.Sum{Axes: []string{"x", "z"}},
		[]*ir.Tensor{tensor(axes("z", 2, "y", 2, "x", 2), 1, 2, 3, 4, 5, 6, 7, 8)}, tensor(axes("y", 2), 14, 22),
	},
	{
		op.ReduceMax{Axes: []string{"y"}},
		[]*ir.Tensor{tensor(axes("y", 2, "x", 3), 1, -2, nan, -4, -5, 6)}, vector(1, -2, nan),
	},
	{
		op.ReduceMin{Axes: []string{"y"}},
		[]*ir.Tensor{tensor(axes("y", 2, "x", 3), 1, -2, nan, -4, -5, 6)}, vector(-4, -5, nan),
	},
	{
		op.ArgMax{Axis: "y"},
		[]*ir.Tensor{tensor(axes("y", 3, "x", 4), 1, 5, 2, 3, 4, 5, nan, 3, 2, 1, 9, 3)}, tensor(axes("x", 4), 1, 0, 1, 0),
	},
	{
		op.MatMul{},
		[]*ir.Tensor{tensor(axes("y", 2, "x", 3), 1, 2, 3, 4, 5, 6), tensor(axes("x", 3, "out", 2), 1, 0, 0, 1, 2, 2)},
		tensor(axes("y", 2, "out", 2), 7, 8, 16, 17),
	},
	{
		op.MatMul{},
		[]*ir.Tensor{tensor(axes("batch", 2, "y", 1, "x", 2), 1, 2, 3, 4), tensor(axes("batch", 2, "x", 2, "out", 1), 5, 6, 7, 8)},
		tensor(axes("batch", 2, "y", 1, "out", 1), 17, 53),
	},
	{
		op.MaxPool{Window: []int{2}, Stride: []int{2}, PadLow: []int{1}, PadHigh: []int{1}},
		[]*ir.Tensor{vector(-5, -3, -4, -1, nan, -2)}, vector(-5, -3, nan, -2),
	},
	{ // the first of two equal elements gets it all
		op.MaxPoolGradient{Window: []int{3}, Stride: []int{1}, PadLow: []int{0}, PadHigh: []int{0}},
		[]*ir.Tensor{vector(2, 2, 1, 3), vector(10, 20)}, vector(10, 0, 0, 20),
	},
}

// evaluatedElsewhere are the ops whose values other tests check: those of testdata/reference.json, and Random.
var evaluatedElsewhere = map[string]bool{
	"convolve": true, "convolve_input": true, "convolve_weight": true, "resize": true, "resize_gradient": true,
	"random": true,
}

// TestEvaluate compares every op with values computed by hand.
func TestEvaluate(t *testing.T) {
	tested := map[string]bool{}
	for i, c := range evaluations {
		tested[c.op.Kind()] = true
		t.Run(fmt.Sprint(c.op.Kind(), i), func(t *testing.T) {
			got := evaluate(t, c.op, c.args...)
			if diff := cmp.Diff(c.want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-15, 0)); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
	for _, o := range op.Table {
		if !tested[o.Kind()] && !evaluatedElsewhere[o.Kind()] {
			t.Errorf("%s: no evaluation is tested", o.Kind())
		}
	}
}
