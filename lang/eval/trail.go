package eval

import (
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// blame sets where a diagnostic points and adds the calls on the way as notes. A text of the standard library is not
// the user's to mend: the user's argument or call that led there is blamed instead.
func (e *elaborator) blame(d *diag.Diagnostic, at syntax.Node) {
	f, node := e.frame, at
	for f != nil && f.call != nil && f.unit.library {
		d.Notes = append(d.Notes, diag.Note{Text: "inside `" + f.block.Name() + "`: " + excerpt(node), At: pointAt(node)})
		node, f = f.outward(node)
	}
	d.At = pointAt(node)
	for ; f != nil && f.call != nil; f = f.caller {
		d.Notes = append(d.Notes, diag.Note{Text: "`" + f.block.Name() + "` is called here", At: callSpan(f.call)})
	}
}

// outward goes from a text in a block to what stands for it at the call: the argument, if the text is a parameter's
// name, else the call itself.
func (f *frame) outward(node syntax.Node) (syntax.Node, *frame) {
	if id, ok := node.(*syntax.Ident); ok {
		if arg, ok := f.texts[id.Name]; ok {
			return arg, f.caller
		}
	}
	return f.call, f.caller
}

// spelled returns the user's own text for an expression: an argument's where the expression is a parameter of a
// library block.
func (e *elaborator) spelled(x syntax.Expr) syntax.Node {
	f := e.frame
	var node syntax.Node = x
	for f != nil && f.call != nil && f.unit.library {
		node, f = f.outward(node)
	}
	return node
}

// pointAt is the text to point at: for a pipe, only the call at its end.
func pointAt(n syntax.Node) source.Span {
	if c, ok := n.(*syntax.Call); ok {
		return callSpan(c)
	}
	if n == nil {
		return source.Span{}
	}
	return n.Span()
}

// callSpan is the text of a call without what is piped into it.
func callSpan(c *syntax.Call) source.Span {
	if c.Piped {
		return c.Fun.Span().To(c.Span())
	}
	return c.Span()
}

// excerpt quotes a text in a line.
func excerpt(n syntax.Node) string { return "`" + shorten(pointAt(n).Text(), 70) + "`" }

// title names an expression in a sentence: a name as it is, a call as "conv(...)".
func title(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.Ident:
		return n.Name
	case *syntax.Call:
		return n.Fun.Span().Text() + "(...)"
	case nil:
		return "this"
	}
	return shorten(n.Span().Text(), 30)
}

// trail is where the text at hand stands, innermost call first, as a node of the graph remembers it.
func (e *elaborator) trail() []source.Position {
	out := []source.Position{e.here.Position()}
	for f := e.frame; f != nil && f.call != nil && len(out) < 8; f = f.caller {
		out = append(out, callSpan(f.call).Position())
	}
	return out
}

// site is the user's own text that the machine is at.
func (e *elaborator) site() source.Span {
	at := e.here
	for f := e.frame; f != nil && f.call != nil && f.unit.library; f = f.caller {
		at = callSpan(f.call)
	}
	return at
}
