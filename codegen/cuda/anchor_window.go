package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// largest writes a search for the largest element of a window: its value best and its place, counted along the spatial
// axes; the first one of equal ones, and a NaN before any number.
func largest(b *body, x operand, s sliding, window []int, front, position []string) {
	n := len(window)
	spatial := x.axes[len(x.axes)-n:]
	b.line("float best = -VN_INFINITY; %s place = -1;", b.integer())
	s.meets(b, position, window, spatial)
	b.line("const float v = %s;", x.get(b, index(front, list("u", n))))
	b.line("if (place < 0 || v > best || (v != v && best == best)) { best = v; place = %s; }", sum(0, plan.Strides(spatial), list("u", n)))
	closeAll(b, n)
}

func generalMaxPool(a *plan.Anchor, args []operand, s sliding, window []int) valueOf {
	front := len(a.Type.Axes) - len(window)
	return func(b *body, at []string) string {
		largest(b, args[0], s, window, at[:front], at[front:])
		return "best"
	}
}

func generalMaxPoolGradient(a *plan.Anchor, args []operand, s sliding, window []int) valueOf {
	x, dy := args[0], args[1]
	n := len(window)
	front := len(x.axes) - n
	return func(b *body, at []string) string {
		b.line("float sum = 0.f;")
		s.met(b, at[front:], window, dy.axes[front:])
		largest(b, x, s, window, at[:front], list("q", n))
		b.line("if (place == %s) sum += %s;", sum(0, plan.Strides(x.axes[front:]), at[front:]), dy.get(b, index(at[:front], list("q", n))))
		closeAll(b, n)
		return "sum"
	}
}

func generalResize(a *plan.Anchor, args []operand, mode string) valueOf {
	x := args[0]
	n := space(a.Type)
	front := len(x.axes) - n
	return func(b *body, at []string) string {
		if mode == op.Nearest {
			for i := range n {
				b.line("const %s u%d = vn_nearest(%s, %d, %d);", b.integer(), i, at[front+i], x.axes[front+i].Size, a.Type.Axes[front+i].Size)
			}
			return x.get(b, index(at[:front], list("u", n)))
		}
		weight := ""
		b.line("float sum = 0.f;")
		for i := range n {
			b.line("const vn_place a%d = vn_linear(%s, %d, %d);", i, at[front+i], x.axes[front+i].Size, a.Type.Axes[front+i].Size)
			b.open("for (int k%d = 0; k%d < 2; k%d++)", i, i, i)
			b.line("const float w%d = k%d ? a%d.fraction : 1.f - a%d.fraction;", i, i, i, i)
			b.line("const %s u%d = a%d.low + k%d;", b.integer(), i, i, i)
			b.line("if (w%d == 0.f) continue;", i)
			if i > 0 {
				weight += " * "
			}
			weight += fmt.Sprintf("w%d", i)
		}
		b.line("sum += %s * %s;", weight, x.get(b, index(at[:front], list("u", n))))
		closeAll(b, n)
		return "sum"
	}
}

func generalResizeGradient(a *plan.Anchor, args []operand, mode string) valueOf {
	dy := args[0]
	n := space(a.Type)
	front := len(dy.axes) - n
	share := "vn_share_linear"
	if mode == op.Nearest {
		share = "vn_share_nearest"
	}
	return func(b *body, at []string) string {
		weight := ""
		b.line("float sum = 0.f;")
		for i := range n {
			in, out := a.Type.Axes[front+i].Size, dy.axes[front+i].Size // of Resize
			p := parenthesised(at[front+i])
			b.open("for (%s u%d = vn_first(%s, %d, %d); u%d <= vn_last(%s, %d, %d); u%d++)", b.integer(), i, p, in, out, i, p, in, out, i)
			b.line("const float w%d = %s(u%d, %d, %d, %s);", i, share, i, in, out, p)
			b.line("if (w%d == 0.f) continue;", i)
			if i > 0 {
				weight += " * "
			}
			weight += fmt.Sprintf("w%d", i)
		}
		b.line("sum += %s * %s;", weight, dy.get(b, index(at[:front], list("u", n))))
		closeAll(b, n)
		return "sum"
	}
}
