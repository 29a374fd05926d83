package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// body runs the statements of a body until one returns.
func (e *elaborator) body(b *syntax.Body) {
	for _, s := range b.Stmts {
		if e.frame.returned || !e.tick(s) {
			return
		}
		e.statement(s)
	}
}

// statement runs one statement.
func (e *elaborator) statement(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.Stage:
		e.makeStage(s)
	case *syntax.Setting:
		e.setting(s)
	case *syntax.For:
		e.forLoop(s)
	case *syntax.If:
		e.branch(s)
	case *syntax.Require:
		e.require(s)
	case *syntax.Return:
		e.giveBack(s)
	case *syntax.Do:
		e.do(s)
	}
}

// setting binds a name.
func (e *elaborator) setting(s *syntax.Setting) {
	name := e.binding
	e.binding = s.Name.Text
	v := e.eval(s.Value)
	e.binding = name
	if !e.something(v, s.Value) {
		v = Unknown{}
	}
	e.frame.bind(s.Name.Text, v, s.Name.Span())
}

// makeStage binds a name and makes it a stage of the model. What is made in it belongs to it.
func (e *elaborator) makeStage(s *syntax.Stage) {
	if e.stage != "" || e.place == inOptimizer {
		e.fail("name/stage", s, "a stage stands inside %s", e.surrounding()).Help = "stages are parts of a model: bind a plain name here"
		e.frame.bind(s.Name.Text, Unknown{}, s.Name.Span())
		return
	}
	name := s.Name.Text
	if e.frame.call != nil { // a stage of a model that is called as a block
		name = e.frame.scope.join(name)
	}
	i := slices.IndexFunc(e.model.Stages, func(t Stage) bool { return t.Name == name })
	if i >= 0 && e.place == inSession {
		e.model.Stages = slices.Delete(e.model.Stages, i, i+1)
	} else if i >= 0 {
		e.twice[s.Name.Text] = true
		d := e.fail("name/duplicate", s.Name, "two stages are called `%s`", s.Name.Text)
		d.Notes = append(d.Notes, diag.Note{Text: "the first one is here", At: e.model.Stages[i].At})
		d.Help = "give one of them another name; a plain `name = ...` may be bound again, a stage may not"
		return
	}
	scope, binding := e.frame.scope, e.binding
	e.frame.scope = newScope(scope.join(s.Name.Text))
	e.stage, e.binding = name, s.Name.Text
	v := e.eval(s.Value)
	e.stage, e.binding, e.frame.scope = "", binding, scope
	if !e.something(v, s.Value) {
		v = Unknown{}
	}
	t, ok := v.(*Tensor)
	if !ok && !isUnknown(v) {
		d := e.fail("type/stage", s.Value, "a stage is a tensor, but this is %s", describe(v))
		if b, ok := v.(*Block); ok {
			d.Help = fmt.Sprintf("`%s` was given no tensor: pipe one into it, as in %s |> %s", b.Name(), e.someTensor(), b.Name())
		}
		v = Unknown{}
	}
	e.frame.bind(s.Name.Text, v, s.Name.Span())
	if ok {
		e.model.Stages = append(e.model.Stages, Stage{name, t, s.Name.Span()})
	}
}

// surrounding says what a stage wrongly stands in.
func (e *elaborator) surrounding() string {
	if e.stage != "" {
		return "the stage `" + e.stage + "`"
	}
	return string(e.place)
}

// forLoop runs its body once for each element. The loop's name stays bound afterwards, as all names of a body do.
func (e *elaborator) forLoop(s *syntax.For) {
	v := e.eval(s.In)
	l, ok := v.(*List)
	if !ok {
		if !isUnknown(v) {
			d := e.fail("type/loop", s.In, "a loop goes over a list or a range, but this is %s", describe(v))
			if n, isInt := v.(Int); isInt {
				d.Help = fmt.Sprintf("write 1..%d", n.Value)
			}
		}
		e.assume(s.Body)
		return
	}
	for _, item := range l.Items {
		if e.frame.returned || e.limit {
			return
		}
		e.frame.bind(s.Name.Text, item.Value, s.Name.Span())
		e.body(s.Body)
	}
}

// branch runs one of its bodies.
func (e *elaborator) branch(s *syntax.If) {
	cond, ok := e.truth(e.eval(s.Cond), s.Cond)
	if !ok {
		e.assume(s.Then)
		if b, isBody := s.Else.(*syntax.Body); isBody {
			e.assume(b)
		}
		return
	}
	if cond {
		e.body(s.Then)
		return
	}
	switch other := s.Else.(type) {
	case *syntax.If:
		e.statement(other)
	case *syntax.Body:
		e.body(other)
	}
}

// assume binds the names that a body would have bound, so that a condition which failed gives one error.
func (e *elaborator) assume(b *syntax.Body) {
	for name, at := range boundIn(b) {
		e.frame.bind(name, Unknown{}, at)
	}
	for _, s := range b.Stmts {
		if _, ok := s.(*syntax.Return); ok {
			e.frame.returned, e.frame.result = true, Unknown{}
		}
	}
}

// boundIn collects the names that a body binds, with the first place of each.
func boundIn(b *syntax.Body) map[string]source.Span {
	out := map[string]source.Span{}
	note := func(n *syntax.Name) {
		if _, ok := out[n.Text]; !ok {
			out[n.Text] = n.Span()
		}
	}
	var walk func(syntax.Node)
	walk = func(n syntax.Node) {
		switch n := n.(type) {
		case *syntax.Body:
			for _, s := range n.Stmts {
				walk(s)
			}
		case *syntax.Stage:
			note(n.Name)
		case *syntax.Setting:
			note(n.Name)
		case *syntax.For:
			note(n.Name)
			walk(n.Body)
		case *syntax.If:
			walk(n.Then)
			if n.Else != nil {
				walk(n.Else)
			}
		}
	}
	walk(b)
	return out
}

// boundLater finds where the block at hand binds a name that is not bound yet.
func (e *elaborator) boundLater(name string) (source.Span, bool) {
	if e.frame.block == nil {
		return source.Span{}, false
	}
	at, ok := boundIn(e.frame.block.decl.Body)[name]
	return at, ok
}

// require checks a block's own constraint; where it fails, the caller is told.
func (e *elaborator) require(s *syntax.Require) {
	ok, known := e.truth(e.eval(s.Cond), s.Cond)
	v := e.eval(s.Text)
	text, isString := v.(String)
	if !isString && !isUnknown(v) {
		e.fail("type/require", s.Text, "the text of `require` must be a string, but this is %s", describe(v))
	}
	if !known || ok || !isString {
		return
	}
	d := &diag.Diagnostic{Code: "call/require", Summary: text.Value}
	e.frame.returned, e.frame.result = true, Unknown{}
	if e.frame.call == nil {
		e.blame(d, s)
		e.report(d)
		return
	}
	call, name := e.frame.call, e.frame.block.Name()
	inner := e.frame
	e.frame = e.frame.caller
	e.blame(d, call)
	e.frame = inner
	notes := []diag.Note{{Text: fmt.Sprintf("`%s` requires %s", name, shorten(s.Cond.Span().Text(), 70)), At: s.Span()}}
	if here := e.valuesIn(s.Cond); len(here) > 0 {
		notes = append(notes, diag.Note{Text: "here " + enumerate(here)})
	}
	d.Notes = append(notes, d.Notes...)
	e.report(d)
}

// valuesIn says what the names in a condition are: "channels = 16", "x is a tensor[...]".
func (e *elaborator) valuesIn(x syntax.Expr) []string {
	var out []string
	walk(x, func(n syntax.Node) {
		id, ok := n.(*syntax.Ident)
		if !ok || e.frame.names[id.Name] == nil {
			return
		}
		text := id.Name + " = " + e.frame.names[id.Name].value.String()
		if t, isTensor := e.frame.names[id.Name].value.(*Tensor); isTensor {
			text = id.Name + " is a " + t.String()
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	})
	return out
}

// giveBack ends the block with its values; several are a list.
func (e *elaborator) giveBack(s *syntax.Return) {
	values := make([]Value, len(s.Values))
	for i, x := range s.Values {
		values[i] = e.eval(x)
		if !e.something(values[i], x) {
			values[i] = Unknown{}
		}
	}
	e.frame.returned = true
	e.frame.result = values[0]
	if len(values) > 1 {
		e.frame.result = newList(values...)
	}
}

// do runs a call for its effect.
func (e *elaborator) do(s *syntax.Do) {
	v := e.eval(s.Value)
	switch v.(type) {
	case Nothing, Unknown:
		return
	}
	d := &diag.Diagnostic{Code: "name/unused", Warning: true, Summary: fmt.Sprintf("the result of %s is not used", title(s.Value)),
		Help: "bind it to a name, or leave the call out"}
	e.blame(d, s.Value)
	e.report(d)
}
