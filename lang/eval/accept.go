package eval

import (
	"slices"

	"github.com/vnlang/vn/lang/syntax"
)

// parameter is what a block or a builtin wants in one place of a call.
type parameter struct {
	name string
	kind string // int, float, number, bool, string, list, block, tensor, any
	typ  *syntax.Type
	axis bool // it wants the name of an axis, as its default shows
}

func paramOf(p *syntax.Param) parameter {
	if p.Type == nil {
		return parameter{name: p.Name.Text, kind: "tensor"}
	}
	word, ok := p.Default.(*syntax.Ident)
	return parameter{p.Name.Text, p.Type.Name, p.Type, ok && slices.Contains(axisWords, word.Name)}
}

// axisWords are the names of axes that stand for themselves.
var axisWords = []string{"channel", "space", "batch", "x", "y", "z", "out"}

// words are the names that stand for themselves where a string is wanted: axes, initialisations, modes.
var words = slices.Concat(axisWords, []string{"uniform", "normal", "msra", "msra_average", "zeros", "ones", "same", "linear", "nearest", "f32", "f16", "bf16"})

// accept checks an argument against a parameter and returns the value that the parameter gets: an int where a float is
// wanted becomes one, a single value where a list is wanted a list of it, a number where a block is wanted the block
// that always gives it, and the name of an axis a string, even where a tensor is called x.
func (e *elaborator) accept(block string, p parameter, a *argument) (Value, bool) {
	v := a.value
	if p.kind == "string" || p.kind == "list" {
		v = e.word(a.text, v)
	}
	if isUnknown(v) {
		return v, true
	}
	switch p.kind {
	case anyType:
		return v, true
	case "int":
		if _, ok := v.(Int); ok {
			return v, true
		}
	case "float":
		if f, ok := number(v); ok {
			return Float{f}, true
		}
	case "number":
		if _, ok := number(v); ok {
			return v, true
		}
	case "bool":
		if _, ok := v.(Bool); ok {
			return v, true
		}
	case "string":
		if _, ok := v.(String); ok {
			return v, true
		}
	case "list":
		switch v.(type) {
		case *List:
			return v, true
		case Int, Float, Bool, String, Quantity:
			return newList(v), true
		}
	case "block":
		switch v.(type) {
		case *Block, *fixed:
			return v, true
		case Int, Float:
			return &fixed{v}, true
		}
	case "tensor":
		switch v := v.(type) {
		case *Tensor:
			return e.acceptShape(block, p, a, v)
		case Int, Float:
			if p.typ == nil || p.typ.Sizes == nil {
				return v, true
			}
		}
	}
	e.mismatch(block, p, a, v)
	return Unknown{}, false
}

// word returns the string that a bare name such as `channel` or `x` stands for, where a tensor has that name.
func (e *elaborator) word(x syntax.Expr, v Value) Value {
	if id, ok := x.(*syntax.Ident); ok && isTensor(v) && slices.Contains(words, id.Name) {
		return String{id.Name}
	}
	return v
}

// acceptShape checks a tensor against the sizes that a parameter declares.
func (e *elaborator) acceptShape(block string, p parameter, a *argument, t *Tensor) (Value, bool) {
	if p.typ == nil || p.typ.Sizes == nil {
		return t, true
	}
	axes := t.written()
	sizes := p.typ.Sizes
	if len(sizes) != len(axes) {
		e.fail("shape/rank", a.at, "`%s` of `%s` is declared with %s, but this is a %s", p.name, block,
			plural(len(sizes), "axis"), t.String())
		return Unknown{}, false
	}
	for i, x := range sizes {
		n, ok := e.evalInCallee(x)
		if ok && n != axes[i].Size.Value {
			e.fail("shape/declared", a.at, "`%s` of `%s` is declared with %s = %d, but here it is %d", p.name, block,
				axes[i].Name, n, axes[i].Size.Value)
			return Unknown{}, false
		}
	}
	return t, true
}

// evalInCallee computes a size that a declaration gives, where it is a plain number.
func (e *elaborator) evalInCallee(x syntax.Expr) (int, bool) {
	n, ok := x.(*syntax.Int)
	if !ok {
		return 0, false
	}
	return int(n.Value), true
}
