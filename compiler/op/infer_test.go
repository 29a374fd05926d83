package op_test

import (
	"fmt"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// TestInferErrors checks that the shape rules refuse what does not fit, and say which axis and which sizes.
func TestInferErrors(t *testing.T) {
	line := ir.NewType(axes("x", 4)...)
	image := ir.NewType(axes("batch", 1, "channel", 4, "y", 6, "x", 8)...)
	weight := ir.NewType(axes("out", 2, "in", 4, "y", 3, "x", 3)...)
	half := ir.Type{DType: ir.F16, Axes: line.Axes}
	unit := op.Convolve{Stride: []int{1, 1}, PadLow: []int{0, 0}, PadHigh: []int{0, 0}, Dilation: []int{1, 1}, Groups: 1}
	with := func(change func(*op.Convolve)) op.Convolve {
		o := unit
		change(&o)
		return o
	}
	pool := op.MaxPool{Window: []int{2, 2}, Stride: []int{2, 2}, PadLow: []int{0, 0}, PadHigh: []int{0, 0}}
	for i, c := range []struct {
		op   ir.Op
		args []ir.Type
		want string
	}{
		{op.Input{Axes: line.Axes}, nil, "the input has no name"},
		{op.Input{Name: "image", Axes: axes("x", 0)}, nil, "axis x has size 0"},
		{op.Input{Name: "image", Axes: axes("x", 2, "x", 2)}, nil, "axis x stands twice"},
		{op.Input{Name: "image", Axes: axes("x", 1<<30, "y", 1<<30)}, nil, "f32[x 1073741824, y 1073741824] has more than 2^40 elements"},
		{op.State{}, nil, "the state has no name"},
		{op.Parameter{}, nil, "the parameter has no name"},
		{op.Parameter{Name: "w"}, nil, `w: there is no initial value ""`},
		{op.Parameter{Name: "w", Init: "msra", FanIn: 3}, nil, "w: the initial value msra wants a gain above 0, not 0"},
		{op.Parameter{Name: "w", Init: "uniform", Gain: 1}, nil, "w: the initial value uniform wants a fan in of at least 1, not 0"},
		{op.Parameter{Name: "w", Init: "msra_average", FanIn: 1}, nil, "w: the initial value msra_average wants a fan out of at least 1, not 0"},
		{op.Random{Distribution: "gamma"}, nil, `the distribution "gamma" is neither uniform nor normal`},
		{op.Random{Distribution: "normal", Stream: -1}, nil, "the stream is -1"},
		{op.Random{Distribution: "normal", Axes: axes("x", 2, "batch", 2)}, nil, "the batch axis of f32[x 2, batch 2] does not come first"},
		{op.Neg{}, nil, "takes 1 arguments, not 0"},
		{op.Add{}, []ir.Type{line, image}, "the arguments have the axes [x] and [batch channel y x]"},
		{op.Add{}, []ir.Type{line, ir.NewType(axes("x", 5)...)}, "axis x: the arguments have the sizes 4 and 5"},
		{op.Add{}, []ir.Type{line, half}, "the arguments are f32 and f16"},
		{op.Select{}, []ir.Type{line, half, line}, "the arguments are f16 and f32"},
		{op.Select{}, []ir.Type{image, line, line}, "the arguments have the axes [batch channel y x] and [x]"},
		{op.Broadcast{Axes: axes("y", 2)}, []ir.Type{line}, "axis x of the argument is not among those of f32[y 2]"},
		{op.Broadcast{Axes: axes("x", 5)}, []ir.Type{line}, "axis x: size 4 cannot become 5"},
		{op.Broadcast{Axes: axes("x", 4, "y", 2)}, []ir.Type{ir.NewType(axes("y", 2, "x", 4)...)}, "axis x of the argument stands in another order in f32[x 4, y 2]"},
		{op.Reshape{Axes: axes("x", 5)}, []ir.Type{line}, "f32[x 4] has 4 elements, f32[x 5] has 5"},
		{op.Transpose{Order: []int{0, 1}}, []ir.Type{line}, "the order [0 1] has 2 entries; the argument is f32[x 4]"},
		{op.Transpose{Order: []int{1}}, []ir.Type{line}, "the order [1] does not name each of the 1 axes once"},
		{op.Slice{Axis: "y", Stop: 1}, []ir.Type{line}, `there is no axis "y"; the argument is f32[x 4]`},
		{op.Slice{Axis: "x", Start: 2, Stop: 5}, []ir.Type{line}, "axis x: 2 to 5 is no part of a size of 4"},
		{op.Slice{Axis: "x", Start: 2, Stop: 2}, []ir.Type{line}, "axis x: 2 to 2 is no part of a size of 4"},
		{op.Pad{Axis: "x", Low: -1}, []ir.Type{line}, "axis x: a padding of -1 and 0"},
		{op.Concat{Axis: "x"}, nil, "takes at least 1 argument"},
		{op.Concat{Axis: "y"}, []ir.Type{image, line}, "argument 2 is f32[x 4], the first one f32[batch 1, channel 4, y 6, x 8]"},
		{op.Concat{Axis: "y"}, []ir.Type{image, ir.NewType(axes("batch", 1, "channel", 4, "y", 2, "x", 9)...)}, "argument 2 against the first: axis x: the arguments have the sizes 8 and 9"},
		{op.Sum{}, []ir.Type{line}, "no axis is named"},
		{op.Sum{Axes: []string{"x", "x"}}, []ir.Type{line}, "axis x is named twice"},
		{op.ReduceMax{Axes: []string{"z"}}, []ir.Type{line}, `there is no axis "z"; the argument is f32[x 4]`},
		{op.ArgMax{}, []ir.Type{line}, `there is no axis ""; the argument is f32[x 4]`},
		{op.MatMul{}, []ir.Type{line, line}, "f32[x 4] and f32[x 4] are no matrices with the same axes in front"},
		{op.MatMul{}, []ir.Type{ir.NewType(axes("y", 2, "x", 3)...), ir.NewType(axes("x", 4, "out", 2)...)}, "the sum runs over axis x of size 3 in the first argument, but x of size 4 in the second"},
		{op.MatMul{}, []ir.Type{ir.NewType(axes("y", 2, "x", 3)...), ir.NewType(axes("x", 3, "y", 2)...)}, "axis y stands twice"},
		{unit, []ir.Type{line, weight}, "f32[x 4] is no feature map: its axes are not batch, channel and spatial ones"},
		{unit, []ir.Type{image, line}, "f32[x 4] is no weight for a feature map with the spatial axes [y x]"},
		{unit, []ir.Type{image, ir.NewType(axes("out", 2, "in", 3, "y", 3, "x", 3)...)}, "axis channel: the feature map has 4, the weight takes 3 in 1 groups"},
		{unit, []ir.Type{image, ir.NewType(axes("out", 2, "in", 4, "y", 7, "x", 3)...)}, "axis y: the window spans 7, the size is 6 with its padding"},
		{with(func(o *op.Convolve) { o.Stride = []int{1} }), []ir.Type{image, weight}, "stride [1] has 1 entries for the axes [y x]"},
		{with(func(o *op.Convolve) { o.Stride = []int{1, 0} }), []ir.Type{image, weight}, "axis x: stride is 0"},
		{with(func(o *op.Convolve) { o.Groups = 0 }), []ir.Type{image, weight}, "groups is 0"},
		{with(func(o *op.Convolve) { o.Groups = 4 }), []ir.Type{image, weight}, "axis out: the weight's 2 do not divide into 4 groups"},
		{
			op.ConvolveInput{Stride: []int{2, 2}, PadLow: []int{0, 0}, PadHigh: []int{0, 0}, Dilation: []int{1, 1}, Groups: 1, Size: []int{12, 16}},
			[]ir.Type{ir.NewType(axes("batch", 1, "channel", 2, "y", 6, "x", 8)...), weight},
			"the gradient against the convolution's result: axis y: the arguments have the sizes 6 and 5",
		},
		{
			op.ConvolveWeight{Stride: []int{1, 1}, PadLow: []int{0, 0}, PadHigh: []int{0, 0}, Dilation: []int{1, 1}, Groups: 1, Kernel: []int{2, 2}},
			[]ir.Type{image, ir.NewType(axes("batch", 1, "channel", 2, "y", 5, "x", 8)...)},
			"the gradient against the convolution's result: axis x: the arguments have the sizes 8 and 7",
		},
		{pool, []ir.Type{ir.NewType(axes("channel", 4)...)}, "the argument has no spatial axes"},
		{op.MaxPool{Window: []int{2, 2}, Stride: []int{1, 1}, PadLow: []int{2, 0}, PadHigh: []int{0, 0}}, []ir.Type{image}, "axis y: the padding is 2 and 0, as large as the window of 2"},
		{op.MaxPoolGradient(pool), []ir.Type{image, image}, "the gradient against the pool's result: axis y: the arguments have the sizes 6 and 3"},
		{op.Resize{Size: []int{2, 2}, Mode: "cubic"}, []ir.Type{image}, `the mode "cubic" is neither linear nor nearest`},
		{op.Resize{Size: []int{2}, Mode: "linear"}, []ir.Type{image}, "size [2] has 1 entries for the axes [y x]"},
		{op.ResizeGradient{Size: []int{0, 1}, Mode: "linear"}, []ir.Type{image}, "axis y: size is 0"},
	} {
		t.Run(fmt.Sprint(c.op.Kind(), i), func(t *testing.T) {
			if _, err := c.op.Infer(c.args); err == nil || err.Error() != c.want {
				t.Errorf("error\n  %v\nwant\n  %s", err, c.want)
			}
		})
	}
}

// TestCost checks operation counts that follow from the shapes by hand.
func TestCost(t *testing.T) {
	feature := ir.NewType(axes("batch", 1, "channel", 4, "x", 6)...)
	weight := ir.NewType(axes("out", 2, "in", 2, "x", 3)...)
	result := ir.NewType(axes("batch", 1, "channel", 2, "x", 5)...)
	one, none := []int{1}, []int{0}
	convolve := op.Convolve{Stride: one, PadLow: one, PadHigh: none, Dilation: one, Groups: 2}
	space := ir.NewType(axes("z", 2, "y", 2, "x", 2)...)
	for _, c := range []struct {
		op   ir.Op
		args []ir.Type
		want int64
	}{
		{op.Exp{}, []ir.Type{feature}, 24},
		{op.Mul{}, []ir.Type{feature, feature}, 24},
		{op.Sum{Axes: []string{"x"}}, []ir.Type{feature}, 24},
		{op.Slice{Axis: "x", Stop: 2}, []ir.Type{feature}, 0},
		{convolve, []ir.Type{feature, weight}, 10 * 2 * 3 * 2},
		{op.ConvolveInput{Stride: one, PadLow: one, PadHigh: none, Dilation: one, Groups: 2, Size: []int{6}}, []ir.Type{result, weight}, 10 * 2 * 3 * 2},
		{op.ConvolveWeight{Stride: one, PadLow: one, PadHigh: none, Dilation: one, Groups: 2, Kernel: []int{3}}, []ir.Type{feature, result}, 10 * 2 * 3 * 2},
		{op.MatMul{}, []ir.Type{ir.NewType(axes("y", 2, "x", 3)...), ir.NewType(axes("x", 3, "out", 5)...)}, 2 * 3 * 5 * 2},
		{op.MaxPool{Window: []int{3}, Stride: []int{3}, PadLow: []int{0}, PadHigh: []int{0}}, []ir.Type{feature}, 3 * 8},
		{op.Resize{Size: []int{4, 4, 4}, Mode: "linear"}, []ir.Type{space}, 64 * 8 * 2},
		{op.ResizeGradient{Size: []int{4, 4, 4}, Mode: "nearest"}, []ir.Type{space}, 0},
	} {
		out, err := c.op.Infer(c.args)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.op.Cost(out, c.args).FLOPs; got != c.want {
			t.Errorf("%s: %d operations, want %d", c.op.Kind(), got, c.want)
		}
	}
}
