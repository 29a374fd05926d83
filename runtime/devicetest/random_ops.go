package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// list returns one number for each of n axes.
func list(n int, f func() int) []int {
	l := make([]int, n)
	for i := range l {
		l[i] = f()
	}
	return l
}

// contraction appends a convolution or a transposed one: with any stride, padding, dilation and groups, or with the
// weight of another.
func (g *generator) contraction(x *ir.Value) *ir.Value {
	n, channels := len(space(x)), x.Type.Size(ir.Channel)
	small := func(top int) func() int { return func() int { return 1 + g.IntN(3)*g.IntN(top)/2 } }
	ones := list(n, func() int { return 1 })
	groups := 1
	if g.IntN(3) == 0 && channels%2 == 0 {
		groups = 2
	}
	kernel := list(n, small(4))
	stride, dilation := list(n, small(3)), list(n, small(2))
	if g.IntN(2) == 0 {
		stride, dilation = ones, ones
	}
	if g.wide { // what fast algorithms are made for
		dilation = ones
		switch g.IntN(4) {
		case 0:
			stride = kernel
		case 1, 2:
			stride, kernel = ones, list(n, func() int { return 1 + 2*g.IntN(3) })
		}
	}
	low, high := make([]int, n), make([]int, n)
	for i, a := range space(x) {
		span := dilation[i]*(kernel[i]-1) + 1
		low[i] = g.IntN(span)
		high[i] = max(g.IntN(span), span-low[i]-a.Size)
	}
	if g.IntN(3) == 0 {
		return g.transposed(x, kernel, stride, groups)
	}
	w := g.sharedWeight(x, channels/groups, kernel)
	if w == nil || w.Type.Size(ir.Out)%groups != 0 {
		out := groups * (1 + g.IntN(3))
		if g.wide {
			out = groups * g.channels()
		}
		w = g.newWeight(out, channels/groups, x, kernel)
	}
	o := op.Convolve{Stride: stride, PadLow: low, PadHigh: high, Dilation: dilation, Groups: groups}
	y := g.scale(g.Add(o, x, w), 1/float64(w.Type.Elements()/w.Type.Size(ir.Out)))
	if g.IntN(2) == 0 {
		y = g.Add(op.Add{}, y, g.over(g.parameter(axes(ir.Channel, y.Type.Size(ir.Channel))), y))
	}
	return y
}

// transposed appends a transposed convolution.
func (g *generator) transposed(x *ir.Value, kernel, stride []int, groups int) *ir.Value {
	n := len(kernel)
	o := op.ConvolveInput{Stride: stride, PadLow: make([]int, n), PadHigh: make([]int, n), Dilation: list(n, func() int { return 1 }), Groups: groups}
	for i, a := range space(x) {
		o.PadLow[i] = g.IntN(min(kernel[i], 2))
		size := (a.Size-1)*stride[i] + kernel[i] - o.PadLow[i] + g.IntN(stride[i])
		o.Size = append(o.Size, max(1, size))
		o.PadHigh[i] = max(0, 1-size)
	}
	channels := x.Type.Size(ir.Channel)
	return g.scale(g.Add(o, x, g.newWeight(channels, g.channels(), x, kernel)), 1/float64(channels))
}

func (g *generator) newWeight(out, in int, x *ir.Value, kernel []int) *ir.Value {
	a := axes(ir.Out, out, ir.In, in)
	for i, s := range space(x) {
		a = append(a, ir.Axis{Name: s.Name, Size: kernel[i]})
	}
	w := g.parameter(a)
	g.weights = append(g.weights, w)
	return w
}

// sharedWeight returns a weight for x that there is already, or nil.
func (g *generator) sharedWeight(x *ir.Value, in int, kernel []int) *ir.Value {
	for _, w := range g.weights {
		same := w.Type.Size(ir.In) == in && len(w.Type.Axes) == 2+len(kernel)
		for i := 0; same && i < len(kernel); i++ {
			same = w.Type.Axes[2+i] == ir.Axis{Name: space(x)[i].Name, Size: kernel[i]}
		}
		if same {
			return w
		}
	}
	return nil
}

// window appends a max-pool or a resize.
func (g *generator) window(x *ir.Value) *ir.Value {
	n := len(space(x))
	if g.IntN(2) == 0 {
		size := list(n, func() int { return 1 + g.IntN(9) })
		return g.Add(op.Resize{Size: size, Mode: []string{op.Linear, op.Nearest}[g.IntN(2)]}, x)
	}
	o := op.MaxPool{Stride: list(n, func() int { return 1 + g.IntN(2) })}
	for _, a := range space(x) {
		window := 1 + g.IntN(min(a.Size, 3))
		o.Window = append(o.Window, window)
		o.PadLow, o.PadHigh = append(o.PadLow, g.IntN(window)), append(o.PadHigh, g.IntN(window))
	}
	return g.Add(o, x)
}

// view appends a slice, a pad, a transposition or a reshape; half of them are used by a map at once.
func (g *generator) view(x *ir.Value) *ir.Value {
	i := g.IntN(len(x.Type.Axes))
	a := x.Type.Axes[i]
	y := x
	switch g.IntN(5) {
	case 0:
		if a.Name != ir.Batch {
			start := g.IntN(a.Size)
			y = g.Add(op.Slice{Axis: a.Name, Start: start, Stop: start + 1 + g.IntN(a.Size-start)}, x)
		}
	case 1, 2:
		if a.Name != ir.Batch {
			y = g.Add(op.Pad{Axis: a.Name, Low: g.IntN(3), High: g.IntN(4)}, x)
		}
	case 3:
		order := g.Perm(len(x.Type.Axes))
		if g.IntN(2) == 0 { // the batch stays in front, so that there is more to do with it
			for j, from := range order {
				if from == 0 {
					order[0], order[j] = 0, order[0]
				}
			}
		}
		y = g.Add(op.Transpose{Order: order}, x)
	case 4:
		y = g.reshaped(x)
	}
	if g.IntN(2) == 0 {
		y = g.scale(y, -0.75)
	}
	return y
}

// reshaped joins two neighbouring axes, or puts an axis of size 1 in, or takes one out.
func (g *generator) reshaped(x *ir.Value) *ir.Value {
	var a []ir.Axis
	join := 1 + g.IntN(len(x.Type.Axes))
	for i, y := range x.Type.Axes {
		switch {
		case y.Size == 1 && y.Name != ir.Batch && g.IntN(3) == 0:
		case i == join && len(a) > 0 && a[len(a)-1].Name != ir.Batch && g.IntN(2) == 0:
			a[len(a)-1].Size *= y.Size
		default:
			a = append(a, y)
		}
	}
	if len(a) == 2 && a[0].Name == ir.Batch && a[1].Name == ir.Channel {
		a = append(a, ir.Axis{Name: ir.X, Size: 1})
	}
	return g.Add(op.Reshape{Axes: a}, x)
}

// reduction appends a reduction over random axes, alone or broadcast against what was reduced.
func (g *generator) reduction(x *ir.Value) *ir.Value {
	var over []string
	count := 1
	for _, a := range x.Type.Axes {
		if g.IntN(2) == 0 {
			over, count = append(over, a.Name), count*a.Size
		}
	}
	if over == nil {
		over, count = names(x.Type), x.Type.Elements()
	}
	var r *ir.Value
	switch g.IntN(6) {
	case 0:
		r = g.Add(op.ReduceMax{Axes: over}, x)
	case 1:
		r = g.Add(op.ReduceMin{Axes: over}, x)
	case 2:
		return normalised(g.builder, x, over, float64(count))
	case 3:
		a := x.Type.Axes[g.IntN(len(x.Type.Axes))]
		return g.scale(g.Add(op.ArgMax{Axis: a.Name}, x), 1/float64(a.Size))
	default:
		r = g.scale(g.sum(x, over...), 1/float64(count))
	}
	if g.IntN(2) == 0 {
		return r
	}
	return g.Add(op.Sub{}, x, g.over(r, x))
}

// concat appends a concatenation along any axis, of values that agree in the others.
func (g *generator) concat(x *ir.Value) *ir.Value {
	along := x.Type.Axes[g.IntN(len(x.Type.Axes))].Name
	if along == ir.Batch {
		return nil
	}
	parts := []*ir.Value{x}
	for range 1 + g.IntN(2) {
		y := g.any()
		fits := len(y.Type.Axes) == len(x.Type.Axes)
		for i := 0; fits && i < len(x.Type.Axes); i++ {
			a, b := x.Type.Axes[i], y.Type.Axes[i]
			fits = a.Name == b.Name && (a.Size == b.Size || a.Name == along)
		}
		if !fits {
			y = x
		}
		parts = append(parts, y)
	}
	return g.Add(op.Concat{Axis: along}, parts...)
}

// product appends a matrix product over the last axis.
func (g *generator) product(x *ir.Value) *ir.Value {
	last := len(x.Type.Axes) - 1
	inner := x.Type.Axes[last]
	a := append(append([]ir.Axis{}, x.Type.Axes[:last-1]...), inner, ir.Axis{Name: "column", Size: 1 + g.IntN(5)})
	if x.Type.Index("column") >= 0 || a[0].Name == ir.Batch && g.Graph.Batch != a[0].Size {
		return nil
	}
	w := g.parameter(a)
	return g.scale(g.Add(op.MatMul{}, x, w), 1/float64(inner.Size))
}

// mapped appends maps of one value, or of two of a type.
func (g *generator) mapped(x *ir.Value) *ir.Value {
	y := g.like(x)
	half := op.Filled(g.Builder, x.Type, 0.5)
	switch g.IntN(14) {
	case 0:
		if x.Type.Index(ir.Channel) >= 0 {
			return prelu(g.builder, x)
		}
	case 1:
		return g.Add(op.Max{}, x, y)
	case 2:
		return g.Add(op.Min{}, x, g.scale(y, 0.5))
	case 3:
		return squashed(g.builder, g.Add(op.Mul{}, x, y))
	case 4:
		relation := []ir.Op{op.Lt{}, op.Le{}, op.Gt{}, op.Ge{}, op.Ne{}}[g.IntN(5)]
		return g.Add(op.Select{}, g.Add(relation, x, half), y, x)
	case 5: // dropout
		return g.Add(op.Mul{}, x, g.Add(op.Ge{}, g.noise(x.Type, op.Uniform), half))
	case 6:
		return g.Add(op.Add{}, x, g.scale(g.noise(x.Type, op.Normal), 0.1))
	case 7:
		return g.Add(op.Cast{To: ir.F32}, g.Add(op.Cast{To: ir.BF16}, x))
	case 8:
		if x.Type.Index(ir.Channel) >= 0 {
			return softmax(g.builder, x)
		}
	case 9:
		return g.Add(op.Exp{}, g.scale(g.Add(op.Abs{}, x), -1))
	case 10:
		return g.Add(op.Log{}, g.Add(op.Add{}, g.Add(op.Sqrt{}, g.Add(op.Add{}, g.Add(op.Mul{}, x, x), half)), half))
	case 11:
		return squashed(g.builder, g.Add(op.Pow{}, g.Add(op.Add{}, g.Add(op.Abs{}, x), half), g.over(g.constant(1.5), x)))
	case 12:
		return g.Add(op.Add{}, x, g.Add(op.StopGradient{}, g.Add(op.Floor{}, g.scale(y, 3))))
	}
	return squashed(g.builder, g.Add(op.Add{}, x, y))
}

// squashed is x / (1 + |x|).
func squashed(b *builder, x *ir.Value) *ir.Value {
	return b.Add(op.Div{}, x, b.Add(op.Add{}, b.Add(op.Abs{}, x), op.Filled(b.Builder, x.Type, 1)))
}
