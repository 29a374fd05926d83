package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/syntax"
)

// parameter is what a block or a builtin wants in one place of a call.
type parameter struct {
	name string
	kind string // int, float, number, bool, string, list, block, tensor, any
	typ  *syntax.Type
}

func paramOf(p *syntax.Param) parameter {
	if p.Type == nil {
		return parameter{p.Name.Text, "tensor", nil}
	}
	return parameter{p.Name.Text, p.Type.Name, p.Type}
}

// words are the names that stand for themselves where a string is wanted: axes, initialisations, modes.
var words = []string{"channel", "space", "batch", "x", "y", "z", "out",
	"uniform", "normal", "msra", "msra_average", "zeros", "ones", "same", "linear", "nearest", "f32", "f16", "bf16"}

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
	case "any":
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

// mismatch reports an argument of a wrong type.
func (e *elaborator) mismatch(block string, p parameter, a *argument, v Value) {
	what := fmt.Sprintf("`%s` of `%s`", p.name, block)
	if a.piped {
		what = fmt.Sprintf("what is piped into `%s`", block)
	}
	d := e.fail("type/argument", a.at, "%s must be %s, but this is %s", what, wanted(p.kind), describe(v))
	switch f := v.(type) {
	case *Block:
		if p.kind == "tensor" {
			d.Help = fmt.Sprintf("`%s` was given no tensor yet: pipe one into it, as in t |> %s", f.Name(), f.Name())
		}
	case Float:
		if p.kind == "int" {
			d.Help = "an int has no fraction; floor(x) rounds down"
		}
	case *Tensor:
		if p.kind == "int" || p.kind == "float" {
			d.Help = "a setting is known when the model is compiled; a tensor is not"
		}
	case String:
		if p.kind == "tensor" && slices.Contains(words, f.Value) {
			d.Help = fmt.Sprintf("`%s` is the name of an axis or of a way to do something here", f.Value)
		}
	}
}

// wanted says what a type is, for "must be ...".
func wanted(kind string) string {
	switch kind {
	case "int":
		return "an int"
	case "list":
		return "a list"
	case "number":
		return "a number"
	}
	return "a " + kind
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
