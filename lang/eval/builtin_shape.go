package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// shapeNatives rearrange elements.
var shapeNatives = []native{
	{"concat(parts: list, over: string = channel)", "Tensors laid end to end along an axis.", concat},
	{"slice(x, axis: string, start: int, stop: int)", "The part of x from start up to, not including, stop.", slice},
	{"pad(x, axis: string, low: int = 0, high: int = 0)", "x with zeros before and after it along an axis.", pad},
	{"reshape(x, shape: list)", "The elements of x, in memory order, under other axes: reshape(x, [channel: 8]).", reshape},
	{"tensor(sizes: list)", "A new input of the session, such as tensor([1, 64, 64, 32]) in the order channel, x, y, z.", newTensor},
	{"transpose(x, a: string, b: string)", "x with two axes exchanged.", transpose},
}

func concat(e *elaborator, c *invocation) Value {
	axis := c.string("over")
	items := c.list("parts").values()
	texts := c.elements("parts", len(items))
	var parts []*Tensor
	for i, v := range items {
		t, ok := v.(*Tensor)
		if !ok {
			e.fail("type/argument", texts[i], "`concat` joins tensors, but this is %s", describe(v))
			return Unknown{}
		}
		if !e.hasAxis(texts[i], t, axis) {
			return Unknown{}
		}
		parts = append(parts, t)
	}
	if len(parts) == 0 {
		e.fail("type/argument", c.text("parts"), "`concat` joins tensors, and the list is empty")
		return Unknown{}
	}
	return e.concat(c, axis, texts, parts)
}

// concat joins tensors that have the same axes, and the same sizes but on the one that is joined.
func (e *elaborator) concat(c *invocation, axis string, texts []syntax.Expr, parts []*Tensor) Value {
	first, total, batched := parts[0], parts[0].axis(axis).Size, parts[0].Batched
	for i, t := range parts[1:] {
		if len(t.Axes) != len(first.Axes) || !slices.EqualFunc(t.Axes, first.Axes, func(a, b Axis) bool { return a.Name == b.Name }) {
			e.fail("shape/rank", texts[i+1], "a %s and a %s do not have the same axes", first, t)
			return Unknown{}
		}
		var wrong []string
		for j, a := range t.Axes {
			switch b := first.Axes[j]; {
			case a.Name == axis:
				total = total.plus(a.Size, e.site())
			case a.Size.Value != b.Size.Value:
				wrong = append(wrong, a.Name)
			default:
				e.mustEqual(b.Size, a.Size)
			}
		}
		if len(wrong) > 0 {
			e.misfit(c.call, "shape/concat", texts[0], texts[i+1], first, t, wrong)
			return Unknown{}
		}
		if t.DType != first.DType {
			e.fail("type/dtype", texts[i+1], "one tensor is %s and the other %s", first.DType, t.DType)
			return Unknown{}
		}
		batched = batched || t.Batched
	}
	for i, t := range parts {
		parts[i] = e.broadcast(t, t.Axes, batched)
	}
	return e.emit("concat", map[string]any{"axis": axis}, with(first.Axes, axis, total), batched, parts...)
}

// elements returns the texts of a list argument's elements, or the argument's own where it is no list literal.
func (c *invocation) elements(name string, n int) []syntax.Expr {
	out := make([]syntax.Expr, n)
	l, ok := c.texts[name].(*syntax.List)
	for i := range out {
		if ok && len(l.Items) == n {
			out[i] = l.Items[i].Value
		} else {
			out[i] = c.text(name)
		}
	}
	return out
}

func slice(e *elaborator, c *invocation) Value {
	x, axis := c.tensor(e, "x"), c.string("axis")
	if !e.hasAxis(c.text("axis"), x, axis) {
		return Unknown{}
	}
	size := x.axis(axis).Size
	start, stop := c.int("start").Value, c.int("stop").Value
	if start < 0 || stop > int64(size.Value) || start >= stop {
		e.fail("shape/index", c.call, "the part from %d up to %d is not within %s, which has %d", start, stop, axis, size.Value).Help =
			fmt.Sprintf("0 <= start < stop <= %d", size.Value)
		return Unknown{}
	}
	from, to := c.int("start").size(), c.int("stop").size()
	e.mustReach(size, to)
	e.mustReach(to, from.plus(Size{Value: 1}, e.site()))
	return e.slice(x, axis, start, stop, c)
}

func (e *elaborator) slice(x *Tensor, axis string, start, stop int64, c *invocation) *Tensor {
	size := Size{Value: int(stop - start)}
	if c != nil && (c.int("start").from != nil || c.int("stop").from != nil) {
		size = c.int("stop").size().plus(c.int("start").size().affine(-1, 0, 1, e.site()), e.site())
	}
	attrs := map[string]any{"axis": axis, "start": int(start), "stop": int(stop)}
	return e.emit("slice", attrs, with(x.Axes, axis, size), x.Batched, x)
}

func pad(e *elaborator, c *invocation) Value {
	x, axis := c.tensor(e, "x"), c.string("axis")
	low, ok := e.integer(c.text("low"), "`low` of `pad`", c.int("low"), 0)
	high, ok2 := e.integer(c.text("high"), "`high` of `pad`", c.int("high"), 0)
	if !ok || !ok2 || !e.hasAxis(c.text("axis"), x, axis) {
		return Unknown{}
	}
	size := x.axis(axis).Size.plus(low.size(), e.site()).plus(high.size(), e.site())
	attrs := map[string]any{"axis": axis, "low": int(low.Value), "high": int(high.Value)}
	return e.emit("pad", attrs, with(x.Axes, axis, size), x.Batched, x)
}

func reshape(e *elaborator, c *invocation) Value {
	x := c.tensor(e, "x")
	axes, ok := e.shape(c.text("shape"), c.list("shape"))
	if !ok {
		return Unknown{}
	}
	if have, want := elements(x.Axes), elements(axes); have != want {
		e.fail("shape/reshape", c.text("shape"), "a %s has %d elements, and this shape has %d", x, have, want)
		return Unknown{}
	}
	e.mustEqual(volume(x.Axes, e.site()), volume(axes, e.site()))
	return e.emit("reshape", map[string]any{"axes": e.full(axes, x.Batched)}, axes, x.Batched, x)
}

// volume is the number of elements, with how it came to be.
func volume(axes []Axis, at source.Span) Size {
	n := Size{Value: 1}
	for _, a := range axes {
		n = n.times(a.Size, at)
	}
	return n
}

func transpose(e *elaborator, c *invocation) Value {
	x, a, b := c.tensor(e, "x"), c.string("a"), c.string("b")
	if !e.hasAxis(c.text("a"), x, a) || !e.hasAxis(c.text("b"), x, b) {
		return Unknown{}
	}
	renamed := slices.Clone(x.Axes)
	for i := range renamed {
		switch renamed[i].Name {
		case a:
			renamed[i].Name = b
		case b:
			renamed[i].Name = a
		}
	}
	return e.arrange(x, renamed)
}

// arrange gives the axes of a tensor other names, and moves them into the memory order of those names.
func (e *elaborator) arrange(x *Tensor, renamed []Axis) *Tensor {
	axes := ordered(renamed)
	at := 0
	var order []int
	if x.Batched {
		order, at = append(order, 0), 1
	}
	for _, a := range axes {
		order = append(order, at+slices.IndexFunc(renamed, func(r Axis) bool { return r.Name == a.Name }))
	}
	if !slices.IsSorted(order) {
		moved := make([]Axis, len(axes))
		for i := range axes { // the names go along: a transpose moves axes, the reshape after it renames them
			moved[i] = Axis{x.Axes[order[at+i]-at].Name, axes[i].Size}
		}
		x = e.emit("transpose", map[string]any{"order": order}, moved, x.Batched, x)
	}
	return e.emit("reshape", map[string]any{"axes": e.full(axes, x.Batched)}, axes, x.Batched, x)
}

// shape reads a labelled list of sizes, [out: 16, in: 1], as axes in memory order.
func (e *elaborator) shape(at syntax.Node, l *List) ([]Axis, bool) {
	var axes []Axis
	for _, item := range l.Items {
		if item.Label == "" {
			e.fail("shape/label", at, "each size of a shape has the name of its axis, but %s has none", item.Value).Help =
				"write it as [channel: 16] or [out: 16, in: 8, x: 3, y: 3, z: 3]"
			return nil, false
		}
		n, ok := e.integer(at, "the size of `"+item.Label+"`", item.Value, 1)
		if !ok {
			return nil, false
		}
		if item.Label == batchAxis || item.Label == "space" {
			e.fail("shape/axis", at, "an axis cannot be called `%s`", item.Label).Help = "the batch is the compiler's; space is x, y and z"
			return nil, false
		}
		if slices.ContainsFunc(axes, func(a Axis) bool { return a.Name == item.Label }) {
			e.fail("shape/axis", at, "the axis `%s` is given twice", item.Label)
			return nil, false
		}
		axes = append(axes, Axis{item.Label, n.size()})
	}
	return ordered(axes), true
}
