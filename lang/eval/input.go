package eval

import (
	"fmt"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// input makes an input of the model.
func (e *elaborator) input(p *syntax.Param) Value {
	exprs := []syntax.Expr(nil)
	if p.Type != nil {
		exprs = p.Type.Sizes
	}
	if text, ok := e.options.Set[p.Name.Text]; ok {
		x, ok := e.override(p.Name.Text, bracketed(text))
		if !ok {
			return Unknown{}
		}
		if l, isList := x.(*syntax.List); isList {
			exprs = nil
			for _, item := range l.Items {
				exprs = append(exprs, item.Value)
			}
		}
	}
	if exprs == nil {
		e.fail("shape/rank", p, "the model's input `%s` needs sizes", p.Name.Text).Help =
			fmt.Sprintf("write %s: tensor[1, 128, 128, 64], in the order channel, x, y, z", p.Name.Text)
		return Unknown{}
	}
	return e.makeInput(p, exprs)
}

// bracketed puts a list of sizes into brackets, if it has none.
func bracketed(text string) string {
	if len(text) > 0 && text[0] == '[' {
		return text
	}
	return "[" + text + "]"
}

// makeInput emits an input with the sizes that are written, in the order channel, x, y, z.
func (e *elaborator) makeInput(p *syntax.Param, texts []syntax.Expr) Value {
	var sizes []Value
	for _, x := range texts {
		sizes = append(sizes, e.eval(x))
	}
	if isUnknown(sizes...) {
		return Unknown{}
	}
	axes, ok := e.inputAxes(p.Name.Text, p, sizes, texts)
	if !ok {
		return Unknown{}
	}
	return e.newInput(p.Name.Text, axes, p.Span())
}

// inputAxes reads the sizes of an input.
func (e *elaborator) inputAxes(name string, at syntax.Node, sizes []Value, texts []syntax.Expr) ([]Axis, bool) {
	order := []string{channelAxis, "x", "y", "z"}
	if len(sizes) < 2 || len(sizes) > 4 {
		e.fail("shape/rank", at, "an input has channels and one to three axes of space, but here %s given", areIs(len(sizes), "size")).Help =
			"write the sizes in the order channel, x, y, z: tensor[1, 128, 128, 64]"
		return nil, false
	}
	var axes []Axis
	for i, v := range sizes {
		n, ok := e.integer(texts[i], fmt.Sprintf("the size of `%s` on %s", name, order[i]), v, 1)
		if !ok {
			return nil, false
		}
		value := int(n.Value)
		if other, ok := e.options.sizes[name+" "+order[i]]; ok {
			value = other
		}
		axes = append(axes, Axis{order[i], inputSize(name, order[i], value, pointAt(texts[i]))})
	}
	return ordered(axes), true
}

// newInput emits an input.
func (e *elaborator) newInput(name string, axes []Axis, at source.Span) *Tensor {
	e.here = at
	binding := e.binding
	e.binding = name
	t := e.emit("input", map[string]any{"name": name, "axes": e.full(axes, true)}, axes, true)
	e.binding = binding
	e.model.Inputs = append(e.model.Inputs, Input{name, t, at})
	return t
}
