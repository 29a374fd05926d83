package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// operand is an argument of an anchor.
type operand struct {
	address
	buffer int
	axes   []ir.Axis
}

// operands returns the arguments of an anchor.
func (l *layout) operands(a *plan.Anchor) []operand {
	list := make([]operand, len(a.Args))
	for i, v := range a.Args {
		list[i] = operand{l.address(v, a.Types[i].Axes, nil), v.Buffer, a.Types[i].Axes}
	}
	return list
}

// get returns the element of an operand at an index, as an expression.
func (o operand) get(b *body, index []string) string {
	return fmt.Sprintf("vn_get(%s + %s)", b.pointer(o.buffer, false), o.at(index))
}

// space returns the number of spatial axes at the end of a type.
func space(t ir.Type) int {
	n := 0
	for n < len(t.Axes) && n < 3 && ir.Spatial(t.Axes[len(t.Axes)-1-n].Name) {
		n++
	}
	return n
}

// general returns what computes any anchor, one element at a time: it gathers what an element is made of, whatever the
// sizes, strides, dilations and groups.
func (u *unit) general(a *plan.Anchor) (valueOf, error) {
	args := u.layout.operands(a)
	switch o := a.Op.(type) {
	case op.Convolve:
		return generalConvolve(args, sliding{o.Stride, o.PadLow, o.Dilation}, o.Groups), nil
	case op.ConvolveInput:
		return generalConvolveInput(args, sliding{o.Stride, o.PadLow, o.Dilation}, o.Groups), nil
	case op.ConvolveWeight:
		return generalConvolveWeight(a, args, sliding{o.Stride, o.PadLow, o.Dilation}, o.Groups), nil
	case op.MatMul:
		return generalMatMul(args), nil
	case op.ArgMax:
		return generalArgMax(a, args, o.Axis), nil
	case op.MaxPool:
		return generalMaxPool(a, args, sliding{o.Stride, o.PadLow, nil}, o.Window), nil
	case op.MaxPoolGradient:
		return generalMaxPoolGradient(a, args, sliding{o.Stride, o.PadLow, nil}, o.Window), nil
	case op.Resize:
		return generalResize(a, args, o.Mode), nil
	case op.ResizeGradient:
		return generalResizeGradient(a, args, o.Mode), nil
	}
	return nil, fmt.Errorf("the CUDA backend knows no anchor %q", a.Op.Kind())
}

// sliding is how a window slides: the tap t at the position o of the result meets o*stride + t*dilation - low.
type sliding struct{ stride, low, dilation []int }

// along returns the dilation along a spatial axis.
func (s sliding) along(axis int) int {
	if s.dilation == nil {
		return 1
	}
	return s.dilation[axis]
}

// meets opens loops over the taps of a window at the position o of a result, one for each spatial axis, which pass over
// taps that meet nothing; the position that a tap k0, k1, ... meets is u0, u1, .... It returns how many loops it opened.
func (s sliding) meets(b *body, position []string, taps []int, size []ir.Axis) {
	for i := range size {
		b.loop(fmt.Sprintf("k%d", i), taps[i])
		b.line("const %s u%d = %s;", b.integer(), i, total(-s.low[i], []string{scaled(position[i], s.stride[i]), scaled(fmt.Sprintf("k%d", i), s.along(i))}))
		b.line("if (u%d < 0 || u%d >= %d) continue;", i, i, size[i].Size)
	}
}

// met opens loops over the taps through which the position u of the argument is met by some position q0, q1, ... of the
// result.
func (s sliding) met(b *body, position []string, taps []int, size []ir.Axis) {
	for i := range size {
		b.loop(fmt.Sprintf("k%d", i), taps[i])
		b.line("const %s v%d = %s - k%d * %d;", b.integer(), i, total(s.low[i], []string{position[i]}), i, s.along(i))
		b.line("if (v%d < 0 || v%d %% %d != 0 || v%d / %d >= %d) continue;", i, i, s.stride[i], i, s.stride[i], size[i].Size)
		b.line("const %s q%d = v%d / %d;", b.integer(), i, i, s.stride[i])
	}
}

// list returns the names prefix0, prefix1, ....
func list(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return names
}

// sizes returns the sizes of axes.
func sizes(axes []ir.Axis) []int { return ir.Type{Axes: axes}.Shape() }

// index joins parts of an index.
func index(parts ...any) []string {
	var all []string
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			all = append(all, p)
		case []string:
			all = append(all, p...)
		}
	}
	return all
}

func closeAll(b *body, n int) {
	for range n {
		b.close()
	}
}

func generalConvolve(args []operand, s sliding, groups int) valueOf {
	x, w := args[0], args[1]
	n := len(x.axes) - 2
	out, in := w.axes[0].Size, w.axes[1].Size
	return func(b *body, at []string) string {
		b.line("float sum = 0.f;")
		s.meets(b, at[2:], sizes(w.axes[2:]), x.axes[2:])
		b.line("float part = 0.f;")
		b.loop("c", in)
		first := joined(scaled(fmt.Sprintf("(%s / %d)", at[1], out/groups), in), "c")
		if groups == 1 {
			first = "c"
		}
		b.line("part += %s * %s;", x.get(b, index(at[0], parenthesised(first), list("u", n))), w.get(b, index(at[1], "c", list("k", n))))
		b.close()
		b.line("sum += part;")
		closeAll(b, n)
		return "sum"
	}
}

func generalConvolveInput(args []operand, s sliding, groups int) valueOf {
	dy, w := args[0], args[1]
	n := len(dy.axes) - 2
	out, in := w.axes[0].Size/groups, w.axes[1].Size // of a group
	return func(b *body, at []string) string {
		b.line("float sum = 0.f;")
		s.met(b, at[2:], sizes(w.axes[2:]), dy.axes[2:])
		b.line("float part = 0.f;")
		b.loop("c", out)
		o := "c"
		if groups > 1 {
			o = fmt.Sprintf("(%s / %d * %d + c)", at[1], in, out)
		}
		b.line("part += %s * %s;", dy.get(b, index(at[0], o, list("q", n))), w.get(b, index(o, fmt.Sprintf("(%s %% %d)", at[1], in), list("k", n))))
		b.close()
		b.line("sum += part;")
		closeAll(b, n)
		return "sum"
	}
}

func generalConvolveWeight(a *plan.Anchor, args []operand, s sliding, groups int) valueOf {
	x, dy := args[0], args[1]
	n := len(x.axes) - 2
	out, in := a.Type.Axes[0].Size, a.Type.Axes[1].Size
	return func(b *body, at []string) string {
		channel := at[1]
		if groups > 1 {
			channel = fmt.Sprintf("(%s / %d * %d + %s)", at[0], out/groups, in, at[1])
		}
		b.line("float sum = 0.f;")
		b.loop("n", x.axes[0].Size)
		for i := range n {
			if i == n-1 {
				b.line("float part = 0.f;")
			}
			b.loop(fmt.Sprintf("q%d", i), dy.axes[2+i].Size)
			b.line("const %s u%d = %s;", b.integer(), i, total(-s.low[i], []string{scaled(fmt.Sprintf("q%d", i), s.stride[i]), scaled(at[2+i], s.along(i))}))
			b.line("if (u%d < 0 || u%d >= %d) continue;", i, i, x.axes[2+i].Size)
		}
		b.line("part += %s * %s;", x.get(b, index("n", channel, list("u", n))), dy.get(b, index("n", at[0], list("q", n))))
		b.close()
		b.line("sum += part;")
		closeAll(b, n)
		return "sum"
	}
}

func generalMatMul(args []operand) valueOf {
	x, y := args[0], args[1]
	last := len(x.axes) - 1
	return func(b *body, at []string) string {
		b.line("float sum = 0.f;")
		b.loop("k", x.axes[last].Size)
		b.line("sum += %s * %s;", x.get(b, index(at[:last], "k")), y.get(b, index(at[:last-1], "k", at[last])))
		b.close()
		return "sum"
	}
}

func generalArgMax(a *plan.Anchor, args []operand, axis string) valueOf {
	x := args[0]
	along := a.Types[0].Index(axis)
	return func(b *body, at []string) string {
		b.line("float best = -VN_INFINITY, place = 0.f;")
		b.loop("k", x.axes[along].Size)
		b.line("const float v = %s;", x.get(b, index(at[:along], "k", at[along:])))
		b.line("if (v > best || (v != v && best == best)) { best = v; place = (float)k; }")
		b.close()
		return "place"
	}
}
