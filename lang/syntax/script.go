package syntax

import (
	"github.com/alecthomas/participle/v2"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// Script is what was typed into the interactive session.
type Script struct {
	Source     *source.File
	Items      []Node // *Import, a Decl or a Stmt, in the order of the text; a bare expression is a *Do
	Incomplete bool   // the text ends before its last item does: more lines may complete it
}

// ParseScript reads a sequence of imports, declarations, statements and expressions. It stops at the first mistake.
// The script is never nil; where it is incomplete the list says what is missing, for a session that gets no more.
func ParseScript(f *source.File) (*Script, diag.List) {
	s := scan(f)
	c := &converter{file: f, errors: s.errors}
	out := &Script{Source: f}
	if broken(s.tokens) {
		return out, c.errors
	}
	if d := tooDeep(f, s.tokens); d != nil {
		c.report(d)
		return out, c.errors
	}
	for done := 0; done < len(s.tokens); {
		item, n, err := parseTokens(scriptParser, s.tokens[done:], participle.AllowTrailing(true))
		if err == nil && item.bare() && sameLine(s.tokens, done+n) {
			err = &syntaxError{n}
		}
		if err != nil {
			out.Incomplete = done+err.index >= len(s.tokens)
			c.report(explain(f, s.tokens[done:], nil, err))
			return out, c.errors
		}
		out.Items = append(out.Items, c.scriptItem(item, s.docBefore(s.tokens[done])))
		done += n
	}
	return out, c.errors
}

// bare reports whether an item is an expression alone. Nothing else may follow it on its line: two names beside each
// other are a mistake, not two expressions.
func (i *scriptItem) bare() bool { return i.Left != nil && i.Right == nil }

// sameLine reports whether a token stands on the line of the one before it.
func sameLine(tokens []token, i int) bool {
	return i > 0 && i < len(tokens) && tokens[i].Pos.Line == tokens[i-1].Pos.Line
}

func (c *converter) scriptItem(i *scriptItem, doc string) Node {
	switch {
	case i.Import != nil:
		return c.importDecl(i.Import)
	case i.Block != nil, i.Data != nil, i.Train != nil:
		return c.decl(&decl{Block: i.Block, Data: i.Data, Train: i.Train}, doc)
	case i.Left == nil:
		return c.stmt(&stmt{Stage: i.Stage, For: i.For, If: i.If, Require: i.Check, Return: i.Return})
	case i.Right == nil:
		return &Do{node: c.node(i.Left), Value: c.expr(i.Left)}
	}
	name := i.Left.Tokens[0]
	if len(i.Left.Tokens) != 1 || name.Type != identToken {
		c.report(&diag.Diagnostic{Code: "syntax/assignment", Summary: "only a name can be bound", At: c.at(i.Left),
			Help: "write `name = value`; two values are compared with `==`"})
	}
	return &Setting{node: node{At: c.at(i.Left).To(c.at(i.Right))}, Doc: doc, Name: c.name(name), Value: c.expr(i.Right)}
}
