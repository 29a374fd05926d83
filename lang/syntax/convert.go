package syntax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/spell"
)

// converter turns concrete trees into the tree of the package, and checks what the grammar leaves open.
type converter struct {
	file   *source.File
	errors diag.List
	depth  int // of the tree above the node at hand
}

// readable is any type of the grammar that keeps its tokens.
type readable interface{ tokens() []token }

func (c *converter) report(d *diag.Diagnostic) {
	if len(c.errors) < maxErrors {
		c.errors = append(c.errors, d)
	}
}

// at returns the span from the first to the last token of a production.
func (c *converter) at(p readable) source.Span { return c.over(p.tokens()) }

func (c *converter) over(tokens []token) source.Span {
	if len(tokens) == 0 {
		return source.Span{File: c.file}
	}
	return spanOf(c.file, tokens[0]).To(spanOf(c.file, tokens[len(tokens)-1]))
}

func (c *converter) node(p readable) node { return node{At: c.at(p)} }

func (c *converter) name(t token) *Name {
	return &Name{node: node{At: spanOf(c.file, t)}, Text: t.Value}
}

func (c *converter) optionalName(t *token) *Name {
	if t == nil {
		return nil
	}
	return c.name(*t)
}

func (c *converter) importDecl(i *importDecl) *Import {
	return &Import{node: c.node(i), Path: c.text(i.Path), Alias: c.optionalName(i.Alias)}
}

func (c *converter) decl(d *decl, doc string) Decl {
	switch {
	case d.Block != nil:
		return c.block(d.Block, doc)
	case d.Data != nil:
		return &Data{node: c.node(d.Data), Doc: doc, Name: c.name(d.Data.Name), Settings: c.settings(d.Data.Settings)}
	case d.Train != nil:
		return c.train(d.Train, doc)
	default:
		s := c.setting(d.Setting)
		s.Doc = doc
		return s
	}
}

func (c *converter) block(b *block, doc string) *Block {
	out := &Block{node: c.node(b), Doc: doc, Model: b.Kind.Value == "model", Name: c.name(b.Name)}
	for _, p := range b.Params {
		out.Params = append(out.Params, c.param(p))
	}
	out.Body = c.body(b.Body)
	return out
}

func (c *converter) train(t *train, doc string) *Train {
	return &Train{node: c.node(t), Doc: doc, Model: c.name(t.Model), Data: c.optionalName(t.Data),
		Settings: c.settings(t.Settings)}
}

func (c *converter) param(p *param) *Param {
	out := &Param{node: c.node(p), Name: c.name(p.Name)}
	if p.Type != nil {
		out.Type = c.typeRef(p.Type)
	}
	if p.Default != nil {
		out.Default = c.expr(p.Default)
	}
	return out
}

func (c *converter) settings(list []*setting) []*Setting {
	var out []*Setting
	for _, s := range list {
		out = append(out, c.setting(s))
	}
	return out
}

func (c *converter) setting(s *setting) *Setting {
	return &Setting{node: c.node(s), Name: c.name(s.Name), Value: c.expr(s.Value)}
}

func (c *converter) body(b *body) *Body {
	out := &Body{node: c.node(b)}
	for _, s := range b.Stmts {
		out.Stmts = append(out.Stmts, c.stmt(s))
	}
	return out
}

func (c *converter) stmt(s *stmt) Stmt {
	switch {
	case s.Stage != nil:
		return c.stage(s.Stage)
	case s.For != nil:
		return c.forStmt(s.For)
	case s.If != nil:
		return c.ifStmt(s.If)
	case s.Require != nil:
		return c.require(s.Require)
	case s.Return != nil:
		return c.result(s.Return)
	default:
		return c.named(s.Named)
	}
}

func (c *converter) stage(s *stage) *Stage {
	return &Stage{node: c.node(s), Name: c.name(s.Name), Value: c.expr(s.Value)}
}

func (c *converter) forStmt(f *forStmt) *For {
	return &For{node: c.node(f), Name: c.name(f.Name), In: c.expr(f.In), Body: c.body(f.Body)}
}

// ifStmt folds the flat list of branches into a chain of If.
func (c *converter) ifStmt(s *ifStmt) *If {
	levels := len(s.Else)
	if !c.fits(levels, s) {
		return &If{node: c.node(s)}
	}
	defer func() { c.depth -= levels }()
	first := &If{node: c.node(s), Cond: c.expr(s.Cond), Then: c.body(s.Then)}
	last := first
	for i, e := range s.Else {
		if e.Cond == nil {
			last.Else = c.body(e.Body)
			if i < len(s.Else)-1 {
				c.report(&diag.Diagnostic{Code: "syntax/else", Summary: "an `else` follows the last branch of its `if`",
					At: spanOf(c.file, s.Else[i+1].Tokens[0]), Notes: []diag.Note{{Text: "the branch without a condition is here",
						At: spanOf(c.file, e.Tokens[0])}}, Help: "put the branch without a condition last"})
				break
			}
			continue
		}
		at := c.at(s)
		at.Start = e.Tokens[1].Pos.Offset
		next := &If{node: node{At: at}, Cond: c.expr(e.Cond), Then: c.body(e.Body)}
		last.Else, last = next, next
	}
	return first
}

func (c *converter) require(r *require) *Require {
	return &Require{node: c.node(r), Cond: c.expr(r.Cond), Text: c.expr(r.Text)}
}

func (c *converter) result(r *result) *Return {
	out := &Return{node: c.node(r)}
	for _, v := range r.Values {
		out.Values = append(out.Values, c.expr(v))
	}
	return out
}

func (c *converter) named(n *named) Stmt {
	if n.Value != nil {
		return &Setting{node: c.node(n), Name: c.name(n.Name), Value: c.expr(n.Value)}
	}
	call := &Call{node: c.node(n), Fun: c.path(n.Name, n.Path), Args: c.arguments(n.Args.Items)}
	return &Do{node: c.node(n), Value: call}
}

// typeNames are the types of parameters.
var typeNames = []string{"int", "float", "bool", "string", "list", "block", "tensor"}

func (c *converter) typeRef(t *typeRef) *Type {
	out := &Type{node: c.node(t), Name: t.Name.Value}
	switch {
	case !slices.Contains(typeNames, out.Name):
		d := &diag.Diagnostic{Code: "syntax/type", Summary: fmt.Sprintf("`%s` is no type", out.Name), At: spanOf(c.file, t.Name),
			Help: "the types are " + strings.Join(typeNames, ", ") + ", and tensor[channel, x, y, z] with sizes"}
		if near, ok := spell.Nearest(out.Name, typeNames); ok {
			d.Help = fmt.Sprintf("did you mean `%s`?", near)
		}
		c.report(d)
	case len(t.Sizes) > 0 && out.Name != "tensor":
		c.report(&diag.Diagnostic{Code: "syntax/type", Summary: fmt.Sprintf("`%s` has no sizes", out.Name), At: c.at(t),
			Help: "sizes belong to a tensor: tensor[1, 128, 128, 64]"})
	}
	for _, s := range t.Sizes {
		out.Sizes = append(out.Sizes, c.expr(s))
	}
	return out
}
