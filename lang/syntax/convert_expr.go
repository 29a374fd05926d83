package syntax

import (
	"fmt"

	"github.com/vnlang/vn/lang/diag"
)

// fits goes n levels down the tree. It reports a tree that grows too deep, and then goes nowhere.
func (c *converter) fits(n int, p readable) bool {
	if c.depth+n > maxDepth {
		c.report(&diag.Diagnostic{Code: "syntax/nesting", At: c.at(p),
			Summary: fmt.Sprintf("more than %d operations hang on each other here", maxDepth),
			Help:    "give parts of it names of their own"})
		return false
	}
	c.depth += n
	return true
}

// expr converts an expression: what is piped becomes the first argument of the call that it is piped into.
func (c *converter) expr(e *expr) Expr {
	levels := 1 + len(e.Pipes)
	if !c.fits(levels, e) {
		return &Bool{node: c.node(e)}
	}
	defer func() { c.depth -= levels }()
	x := chain(c, e.First, e.First.Terms, c.conjunction)
	at := c.at(e.First)
	for _, p := range e.Pipes {
		call := &Call{Fun: c.path(p.Name, p.Path), Piped: true, Bare: p.Args == nil}
		call.Args = []*Argument{{node: node{At: at}, Value: x}}
		if p.Args != nil {
			call.Args = append(call.Args, c.arguments(p.Args.Items)...)
		}
		at = at.To(c.at(p))
		call.At = at
		x = call
	}
	return x
}

// path returns the name that is called: f, or s.f for a name of an imported file.
func (c *converter) path(first token, rest []*path) Expr {
	var x Expr = &Ident{node: node{At: spanOf(c.file, first)}, Name: first.Value}
	for _, p := range rest {
		x = &Field{node: node{At: x.Span().To(c.at(p))}, X: x, Name: c.name(p.Name)}
	}
	return x
}

// chain folds terms and the operators between them, from the left. The operator before a term is the token that
// follows the term before it.
func chain[T readable](c *converter, p readable, terms []T, convert func(T) Expr) Expr {
	levels := len(terms) - 1
	if !c.fits(levels, p) {
		return &Bool{node: c.node(p)}
	}
	defer func() { c.depth -= levels }()
	x := convert(terms[0])
	used := len(terms[0].tokens())
	for _, t := range terms[1:] {
		op := p.tokens()[used]
		used += 1 + len(t.tokens())
		x = &Binary{node: node{At: c.over(p.tokens()[:used])}, Op: op.Value, OpAt: spanOf(c.file, op), X: x, Y: convert(t)}
	}
	return x
}

func (c *converter) conjunction(d *conjunction) Expr { return chain(c, d, d.Terms, c.negation) }
func (c *converter) comparison(d *comparison) Expr   { return chain(c, d, d.Terms, c.span) }
func (c *converter) span(d *span) Expr               { return chain(c, d, d.Terms, c.sum) }
func (c *converter) sum(d *sum) Expr                 { return chain(c, d, d.Terms, c.product) }
func (c *converter) product(d *product) Expr         { return chain(c, d, d.Terms, c.sign) }

func (c *converter) negation(d *negation) Expr {
	return prefix(c, d, d.X, func() Expr { return c.comparison(d.X) })
}

func (c *converter) sign(d *sign) Expr {
	return prefix(c, d, d.X, func() Expr { return c.power(d.X) })
}

// prefix applies the operators that stand in p before its operand x, the last one first.
func prefix(c *converter, p, x readable, convert func() Expr) Expr {
	signs := len(p.tokens()) - len(x.tokens())
	if !c.fits(signs, p) {
		return &Bool{node: c.node(p)}
	}
	defer func() { c.depth -= signs }()
	out := convert()
	for i := signs - 1; i >= 0; i-- {
		out = &Unary{node: node{At: c.over(p.tokens()[i:])}, Op: p.tokens()[i].Value, X: out}
	}
	return out
}

// power folds x ^ y ^ z from the right, x ^ (y ^ z); a minus before an exponent takes all that follows it.
func (c *converter) power(p *power) Expr {
	if len(p.Exponents) == 0 {
		return c.postfix(p.Base)
	}
	levels := len(p.Tokens)
	if !c.fits(levels, p) {
		return &Bool{node: c.node(p)}
	}
	defer func() { c.depth -= levels }()
	var right Expr
	var op token
	end := len(p.Tokens)
	for i := len(p.Exponents) - 1; i >= 0; i-- {
		e := p.Exponents[i]
		begin := end - len(e.Tokens)
		first := begin + len(e.Tokens) - len(e.X.Tokens)
		x := c.postfix(e.X)
		if right != nil {
			x = &Binary{node: node{At: c.over(p.Tokens[first:])}, Op: "^", OpAt: spanOf(c.file, op), X: x, Y: right}
		}
		for s := first - 1; s >= begin; s-- {
			x = &Unary{node: node{At: c.over(p.Tokens[s:])}, Op: "-", X: x}
		}
		right, op, end = x, p.Tokens[begin-1], begin-1
	}
	return &Binary{node: c.node(p), Op: "^", OpAt: spanOf(c.file, op), X: c.postfix(p.Base), Y: right}
}

// postfix applies calls, indices and fields to what stands before them.
func (c *converter) postfix(p *postfix) Expr {
	levels := len(p.Suffixes)
	if !c.fits(levels, p) {
		return &Bool{node: c.node(p)}
	}
	defer func() { c.depth -= levels }()
	x := c.primary(p.X)
	used := len(p.X.Tokens)
	for _, s := range p.Suffixes {
		used += len(s.Tokens)
		at := node{At: c.over(p.Tokens[:used])}
		switch {
		case s.Args != nil:
			c.callable(x, s)
			x = &Call{node: at, Fun: x, Args: c.arguments(s.Args.Items)}
		case s.Index != nil:
			x = &Index{node: at, X: x, I: c.expr(s.Index)}
		default:
			x = &Field{node: at, X: x, Name: c.name(*s.Field)}
		}
	}
	return x
}

// callable reports brackets behind what is no name.
func (c *converter) callable(x Expr, s *suffix) {
	switch x.(type) {
	case *Ident, *Field:
		return
	}
	c.report(&diag.Diagnostic{Code: "syntax/call", Summary: "only a name can be called", At: x.Span(),
		Label: "this is a value", Notes: []diag.Note{{Text: "it is called here", At: spanOf(c.file, s.Tokens[0])}},
		Help: "give the value a name first: `f = ...`, then `f(...)`"})
}

func (c *converter) arguments(list []*argument) []*Argument {
	var out []*Argument
	for _, a := range list {
		out = append(out, c.argument(a))
	}
	return out
}

func (c *converter) argument(a *argument) *Argument {
	out := &Argument{node: c.node(a)}
	switch {
	case a.Keyword != nil:
		out.Name, out.Value = c.name(a.Keyword.Word), c.expr(a.Keyed)
	case a.Second == nil:
		out.Value = c.expr(a.First)
	default:
		name := a.First.Tokens[0]
		if len(a.First.Tokens) != 1 || name.Type != identToken {
			c.report(&diag.Diagnostic{Code: "syntax/argument", Summary: "what stands before `:` is no name",
				At: c.at(a.First), Help: "an argument is `value` or `name: value`"})
		}
		out.Name, out.Value = c.name(name), c.expr(a.Second)
	}
	return out
}

func (c *converter) primary(p *primary) Expr {
	switch {
	case p.List != nil:
		return &List{node: c.node(p), Items: c.arguments(p.List.Items)}
	case p.Group != nil:
		return grouped(c.expr(p.Group))
	case p.Token.Type == identToken:
		return &Ident{node: c.node(p), Name: p.Token.Value}
	case p.Token.Type == numberToken:
		return c.number(*p.Token)
	case p.Token.Type == stringToken:
		return c.text(*p.Token)
	default:
		return &Bool{node: c.node(p), Value: p.Token.Value == "true"}
	}
}
