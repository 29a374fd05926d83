package grad_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/vnlang/vn/compiler/grad"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/internal/rng"
)

// net builds a small V-Net from primitives: residual stages of 5x5x5 convolutions and PReLUs, strided convolutions down,
// transposed ones up, concatenation, softmax, Dice.
type net struct {
	*ir.Builder
	parameters []*ir.Value
}

func (n *net) parameter(init op.Parameter, axes ...ir.Axis) *ir.Value {
	init.Name, init.Axes = fmt.Sprintf("p%d", len(n.parameters)), axes
	v := n.Add(init)
	n.parameters = append(n.parameters, v)
	return v
}

func axis(name string, size int) ir.Axis { return ir.Axis{Name: name, Size: size} }

// like broadcasts x to the type of another value.
func (n *net) like(x, other *ir.Value) *ir.Value {
	return n.Add(op.Broadcast{Axes: other.Type.Axes}, x)
}

func cube(n int) []int { return []int{n, n, n} }

func (n *net) weight(out, in, kernel int) *ir.Value {
	return n.parameter(op.Parameter{Init: "msra", Gain: 0.9, FanIn: in * kernel * kernel * kernel},
		axis("out", out), axis("in", in), axis("z", kernel), axis("y", kernel), axis("x", kernel))
}

func (n *net) bias(x *ir.Value) *ir.Value {
	b := n.parameter(op.Parameter{Init: "normal", Gain: 0.1}, axis("channel", x.Type.Size("channel")))
	return n.Add(op.Add{}, x, n.like(b, x))
}

func (n *net) conv(x *ir.Value, channels, kernel, stride int) *ir.Value {
	pad := cube(0)
	if stride == 1 {
		pad = cube(kernel / 2)
	}
	o := op.Convolve{Stride: cube(stride), PadLow: pad, PadHigh: pad, Dilation: cube(1), Groups: 1}
	return n.bias(n.Add(o, x, n.weight(channels, x.Type.Size("channel"), kernel)))
}

func (n *net) prelu(x *ir.Value) *ir.Value {
	a := n.parameter(op.Parameter{Init: "constant", Gain: 0.25}, axis("channel", x.Type.Size("channel")))
	above := n.Add(op.Gt{}, x, op.Filled(n.Builder, x.Type, 0))
	return n.Add(op.Select{}, above, x, n.Add(op.Mul{}, n.like(a, x), x))
}

func (n *net) residual(x *ir.Value, convs, channels int) *ir.Value {
	h := x
	for i := range convs {
		h = n.conv(h, channels, 5, 1)
		if i == convs-1 {
			if x.Type.Size("channel") != channels {
				x = n.like(x, h)
			}
			h = n.Add(op.Add{}, h, x)
		}
		h = n.prelu(h)
	}
	return h
}

func (n *net) down(x *ir.Value) *ir.Value {
	return n.prelu(n.conv(x, 2*x.Type.Size("channel"), 2, 2))
}

func (n *net) up(x, forward *ir.Value, channels int) *ir.Value {
	o := op.ConvolveInput{
		Stride: cube(2), PadLow: cube(0), PadHigh: cube(0), Dilation: cube(1), Groups: 1, Size: forward.Type.Shape()[2:],
	}
	h := n.prelu(n.bias(n.Add(o, x, n.weight(x.Type.Size("channel"), channels, 2))))
	return n.Add(op.Concat{Axis: "channel"}, h, forward)
}

// vnet returns the graph of a V-Net with its Dice loss and the gradients of all parameters as outputs.
func vnet(t *testing.T, width, size, levels int) (*ir.Graph, *ir.Value, []*ir.Value) {
	g := &ir.Graph{Name: "VNet", Mode: ir.Training, Batch: 1}
	n := &net{Builder: ir.NewBuilder(g)}
	space := []ir.Axis{axis("z", size), axis("y", size), axis("x", size)}
	label := n.Add(op.Input{Name: "label", Axes: append([]ir.Axis{axis("batch", 1)}, space...)})
	h := n.Add(op.Input{Name: "image", Axes: append([]ir.Axis{axis("batch", 1), axis("channel", 1)}, space...)})
	var left []*ir.Value
	convs := []int{1, 2, 3, 3, 3}
	for level := range levels {
		if level > 0 {
			h = n.down(h)
		}
		h = n.residual(h, convs[level], width<<level)
		left = append(left, h)
	}
	for level := levels - 2; level >= 0; level-- {
		h = n.up(h, left[level], width<<level)
		h = n.residual(h, convs[level], h.Type.Size("channel"))
	}
	h = n.conv(h, 2, 1, 1)
	largest := n.like(n.Add(op.StopGradient{}, n.Add(op.ReduceMax{Axes: []string{"channel"}}, h)), h)
	e := n.Add(op.Exp{}, n.Add(op.Sub{}, h, largest))
	p := n.Add(op.Div{}, e, n.like(n.Add(op.Sum{Axes: []string{"channel"}}, e), e))
	p = n.Add(op.Slice{Axis: "channel", Start: 1, Stop: 2}, p)
	p = n.Add(op.Reshape{Axes: label.Type.Axes}, p)
	sum := func(x, y *ir.Value) *ir.Value {
		return n.Add(op.Sum{Axes: []string{"batch", "z", "y", "x"}}, n.Add(op.Mul{}, x, y))
	}
	loss := n.Add(op.Neg{}, n.Add(op.Div{}, sum(p, label), n.Add(op.Add{}, sum(p, p), sum(label, label))))
	if err := n.Err(); err != nil {
		t.Fatal(err)
	}
	g.Outputs = []ir.Output{{Name: "loss", Value: loss}}
	return g, loss, n.parameters
}

// TestVNet compares the gradients of a whole V-Net with difference quotients, for every parameter tensor along a random
// direction.
func TestVNet(t *testing.T) {
	g, loss, parameters := vnet(t, 1, 8, 3)
	forward := ir.Clone(g)
	gradients, err := grad.Backward(g, loss, parameters)
	if err != nil {
		t.Fatal(err)
	}
	random := rng.New(3)
	leaves := map[string]*ir.Tensor{}
	for _, v := range g.Leaves(ir.LeafInput) {
		x := ir.NewTensor(v.Type)
		for i := range x.Data {
			x.Data[i] = random.Float64()
		}
		_, name := v.Leaf()
		leaves[name] = x
	}
	for i, v := range parameters {
		_, name := v.Leaf()
		leaves[name] = ir.NewTensor(v.Type)
		v.Op.Evaluate(ir.Context{Seed: 1}, leaves[name], nil)
		g.Outputs = append(g.Outputs, ir.Output{Name: name, Value: gradients[i]})
	}
	got := evaluate(t, g, leaves)
	for _, v := range parameters {
		_, name := v.Leaf()
		start := leaves[name]
		direction := make([]float64, len(start.Data))
		var analytic, scale float64
		for i, d := range got[name].Data {
			direction[i] = random.Normal()
			analytic += d * direction[i]
			scale += d * d
		}
		const step = 1e-6
		quotient := 0.0
		for _, sign := range []float64{1, -1} {
			moved := ir.NewTensor(v.Type)
			for i, x := range start.Data {
				moved.Data[i] = x + sign*step*direction[i]
			}
			leaves[name] = moved
			quotient += sign * evaluate(t, forward, leaves)["loss"].Data[0] / (2 * step)
		}
		leaves[name] = start
		if scale == 0 || math.Abs(analytic-quotient) > 1e-5*math.Sqrt(scale)+1e-9 {
			t.Errorf("%s, %s: the gradient is %v, the difference quotient %v", name, v.Type, analytic, quotient)
		}
	}
}
