package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/syntax"
)

// reduceNatives fold axes away. `over` names them: channel, space (all of x, y, z), batch, or a list; without it, all
// axes of the sample are folded.
var reduceNatives = []native{
	{"sum(x, over: list = [])", "The sum over axes; over all axes of the sample where none is named.", reduce("sum")},
	{"mean(x, over: list = [])", "The mean over axes; over all axes of the sample where none is named.", mean},
	{"max_over(x, over: list = [])", "The largest element over axes.", reduce("reduce_max")},
	{"min_over(x, over: list = [])", "The smallest element over axes.", reduce("reduce_min")},
	{"argmax(x, over: string = channel)", "The index of the largest element along an axis, the first one on ties.", argmax},
}

func reduce(op string) func(*elaborator, *invocation) Value {
	return func(e *elaborator, c *invocation) Value {
		t := c.tensor(e, "x")
		axes, ok := c.over(e, t)
		if !ok {
			return Unknown{}
		}
		return e.reduce(op, t, axes)
	}
}

// reduce folds the axes named; the batch may be among them.
func (e *elaborator) reduce(op string, t *Tensor, axes []string) *Tensor {
	if len(axes) == 0 {
		return t
	}
	batched := t.Batched && !slices.Contains(axes, batchAxis)
	return e.emit(op, map[string]any{"axes": axes}, without(t.Axes, axes), batched, t)
}

func mean(e *elaborator, c *invocation) Value {
	t := c.tensor(e, "x")
	axes, ok := c.over(e, t)
	if !ok {
		return Unknown{}
	}
	return e.mean(t, axes)
}

// mean divides the sum over axes by the number of elements that were summed.
func (e *elaborator) mean(t *Tensor, axes []string) *Tensor {
	count := 1
	for _, a := range e.full(t.Axes, t.Batched) {
		if slices.Contains(axes, a.Name) {
			count *= a.Size.Value
		}
	}
	total := e.reduce("sum", t, axes)
	n := e.broadcast(e.castTo(e.scalar(float64(count)), t.DType), total.Axes, total.Batched)
	return e.emit("div", nil, total.Axes, total.Batched, total, n)
}

func argmax(e *elaborator, c *invocation) Value {
	t := c.tensor(e, "x")
	axis := c.string("over")
	if !e.hasAxis(c.text("over"), t, axis) {
		return Unknown{}
	}
	return e.emit("argmax", map[string]any{"axis": axis}, without(t.Axes, []string{axis}), t.Batched, t)
}

// over returns the axes that a reduction names, in memory order.
func (c *invocation) over(e *elaborator, t *Tensor) ([]string, bool) {
	var out []string
	items := c.list("over").values()
	if len(items) == 0 {
		for _, a := range t.Axes {
			out = append(out, a.Name)
		}
		return out, true
	}
	texts := c.elements("over", len(items))
	for i, v := range items {
		s, ok := e.word(texts[i], v).(String)
		if !ok {
			e.fail("type/argument", c.text("over"), "`over` names axes, but this is %s", describe(v)).Help =
				"write over: channel, over: space, over: batch, or a list: over: [x, y]"
			return nil, false
		}
		switch {
		case s.Value == "space":
			if len(t.space()) == 0 {
				e.fail("shape/axis", c.text("over"), "a %s has no axes of space", t)
				return nil, false
			}
			for _, a := range t.space() {
				out = append(out, a.Name)
			}
		case s.Value == batchAxis:
			if !t.Batched {
				e.fail("shape/axis", c.text("over"), "this tensor is the same for all samples: there is no batch to reduce")
				return nil, false
			}
			out = append(out, batchAxis)
		case !e.hasAxis(c.text("over"), t, s.Value):
			return nil, false
		default:
			out = append(out, s.Value)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return order(a) - order(b) })
	return slices.Compact(out), true
}

// hasAxis reports an axis that a tensor lacks.
func (e *elaborator) hasAxis(at syntax.Node, t *Tensor, axis string) bool {
	if t.axis(axis) != nil {
		return true
	}
	var names []string
	for _, a := range t.written() {
		names = append(names, a.Name)
	}
	d := e.fail("shape/axis", at, "a %s has no axis `%s`", t, axis)
	d.Help = orElse(suggest(axis, names), fmt.Sprintf("its axes are %s", enumerate(names)))
	return false
}
