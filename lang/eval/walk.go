package eval

import "github.com/vnlang/vn/lang/syntax"

// walk calls f with every statement and expression of a tree, each before its parts.
func walk(n syntax.Node, f func(syntax.Node)) {
	f(n)
	switch n := n.(type) {
	case *syntax.Body:
		for _, s := range n.Stmts {
			walk(s, f)
		}
	case *syntax.Stage:
		walk(n.Value, f)
	case *syntax.Setting:
		walk(n.Value, f)
	case *syntax.For:
		walk(n.In, f)
		walk(n.Body, f)
	case *syntax.If:
		walk(n.Cond, f)
		walk(n.Then, f)
		if n.Else != nil {
			walk(n.Else, f)
		}
	case *syntax.Require:
		walk(n.Cond, f)
		walk(n.Text, f)
	case *syntax.Return:
		walkAll(n.Values, f)
	case *syntax.Do:
		walk(n.Value, f)
	case *syntax.List:
		walkArguments(n.Items, f)
	case *syntax.Call:
		walk(n.Fun, f)
		walkArguments(n.Args, f)
	case *syntax.Unary:
		walk(n.X, f)
	case *syntax.Binary:
		walk(n.X, f)
		walk(n.Y, f)
	case *syntax.Index:
		walk(n.X, f)
		walk(n.I, f)
	case *syntax.Field:
		walk(n.X, f)
	}
}

func walkAll(list []syntax.Expr, f func(syntax.Node)) {
	for _, x := range list {
		walk(x, f)
	}
}

func walkArguments(list []*syntax.Argument, f func(syntax.Node)) {
	for _, a := range list {
		walk(a.Value, f)
	}
}
