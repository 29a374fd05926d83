package eval

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// native is a builtin: its parameters, written in the language itself, and what it does.
type native struct {
	signature string
	doc       string
	run       func(*elaborator, *invocation) Value
}

// builtins are the blocks that no text defines: the primitives and the questions about shapes. Each group stands in
// its own file.
var builtins = table(mapNatives, reduceNatives, convolveNatives, windowNatives, shapeNatives, matmulNatives,
	stateNatives, queryNatives)

// anyType is the type of a parameter that takes a value of any type.
const anyType = "any"

// open finds the parameters of a signature that take a value of any type, which no text of the language can declare.
var open = regexp.MustCompile(`(\w+): any\b`)

// table reads the signatures.
func table(groups ...[]native) map[string]*Block {
	out := map[string]*Block{}
	for _, group := range groups {
		for _, n := range group {
			text := "block " + open.ReplaceAllString(n.signature, "$1: string") + " { }"
			tree, found := syntax.Parse(source.NewFile("builtin", text))
			if len(tree.Decls) != 1 || found.HasErrors() {
				panic("builtin signature: " + n.signature + ": " + found.Error()) // a fault of this file; any test sees it
			}
			decl := tree.Decls[0].(*syntax.Block)
			decl.Doc = n.doc
			for _, m := range open.FindAllStringSubmatch(n.signature, -1) {
				i := slices.IndexFunc(decl.Params, func(p *syntax.Param) bool { return p.Name.Text == m[1] })
				decl.Params[i].Type.Name = anyType
			}
			out[decl.Name.Text] = &Block{decl: decl, unit: &unit{library: true, source: tree.Source}, run: n.run}
		}
	}
	return out
}

// invocation is one call of a builtin.
type invocation struct {
	call   *syntax.Call
	name   string
	as     string
	values map[string]Value
	texts  map[string]syntax.Expr
}

// callBuiltin fills in the defaults and runs a builtin. Its errors point at the texts of its arguments, so that no
// frame is needed.
func (e *elaborator) callBuiltin(x *syntax.Call, b *Block, given map[string]*argument, as string) Value {
	c := &invocation{call: x, name: b.Name(), as: as, values: map[string]Value{}, texts: map[string]syntax.Expr{}}
	for _, p := range b.decl.Params {
		name := p.Name.Text
		switch arg := given[name]; {
		case arg != nil:
			c.values[name], c.texts[name] = arg.value, arg.text
		case b.bound[name] != nil:
			c.values[name] = b.bound[name]
		default:
			c.values[name] = e.defaultOf(b, p)
		}
		if isUnknown(c.values[name]) {
			return Unknown{}
		}
		if l, ok := c.values[name].(*List); ok && l.unknown() {
			return Unknown{}
		}
	}
	if as == "" {
		return b.run(e, c)
	}
	name := e.binding
	e.binding = as
	v := b.run(e, c)
	e.binding = name
	return v
}

// text returns what an argument was written as, or the call where it was not written.
func (c *invocation) text(name string) syntax.Node {
	if x := c.texts[name]; x != nil {
		return x
	}
	return c.call
}

// tensor returns a tensor argument; a number becomes a constant.
func (c *invocation) tensor(e *elaborator, name string) *Tensor {
	t, _ := e.tensor(c.values[name])
	return t
}

func (c *invocation) int(name string) Int       { v, _ := c.values[name].(Int); return v }
func (c *invocation) string(name string) string { v, _ := c.values[name].(String); return v.Value }
func (c *invocation) list(name string) *List    { v, _ := c.values[name].(*List); return v }

// integer returns an element of a list as an int that may be a size or a count.
func (e *elaborator) integer(at syntax.Node, what string, v Value, least int) (Int, bool) {
	n, ok := v.(Int)
	switch {
	case !ok:
		e.fail("type/argument", at, "%s must be an int, but this is %s", what, describe(v))
	case n.Value < int64(least):
		e.fail("shape/size", at, "%s must be at least %d, but this is %d", what, least, n.Value)
		ok = false
	case n.Value > maxSize:
		e.fail("limit/tensor", at, "%s must be at most %s, but this is %s", what, thousands(maxSize), thousands(n.Value))
		ok = false
	}
	return n, ok
}

// perAxis reads a setting such as a stride: one number for every axis of space, or one for each in the order x, y, z.
// It returns them in memory order.
func (c *invocation) perAxis(e *elaborator, name string, axes []Axis, least int) ([]Int, bool) {
	l := c.list(name)
	out := make([]Int, len(axes))
	if len(l.Items) != 1 && len(l.Items) != len(axes) {
		e.fail("shape/rank", c.text(name), "%s of space, but a list of %s for them",
			plural(len(axes), "axis"), plural(len(l.Items), "number")).Help =
			"give one number for all, or one for each of " + enumerate(spaceNames(axes))
		return nil, false
	}
	for i := range out {
		v := l.Items[0].Value
		if len(l.Items) > 1 {
			v = l.Items[len(axes)-1-i].Value
		}
		n, ok := e.integer(c.text(name), fmt.Sprintf("`%s` of `%s`", name, c.name), v, least)
		if !ok {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// spaceNames lists axes of space in the order x, y, z.
func spaceNames(axes []Axis) []string {
	var out []string
	for _, a := range axes {
		out = append(out, a.Name)
	}
	slices.Reverse(out)
	return out
}

// plain returns ints without their origins.
func plain(v []Int) []int {
	out := make([]int, len(v))
	for i, n := range v {
		out[i] = int(n.Value)
	}
	return out
}
