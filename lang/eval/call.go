package eval

import (
	"fmt"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/syntax"
)

// callExpr computes a call or a pipe.
func (e *elaborator) callExpr(x *syntax.Call) Value {
	if !e.tick(x) {
		return Unknown{}
	}
	fun := e.callee(x)
	args, as, ok := e.arguments(x)
	if !ok {
		return Unknown{}
	}
	switch fun := fun.(type) {
	case *Block:
		return e.callBlock(x, fun, args, as)
	case *stepKind:
		return e.callStep(x, fun, args)
	case *fixed:
		return fun.value
	case Unknown:
		return Unknown{}
	}
	d := e.fail("type/call", x.Fun, "%s is %s, and only a block can be called", title(x.Fun), describe(fun))
	if isTensor(fun) {
		index := "0"
		if len(x.Args) == 1 && x.Args[0].Name == nil && !x.Piped {
			index = shorten(x.Args[0].Span().Text(), 30)
		}
		d.Help = "a channel of a tensor is written with square brackets: " + title(x.Fun) + "[" + index + "]"
	}
	return Unknown{}
}

// callee finds what a call applies. In this place only blocks count, so that a setting may have the name of a block:
// channels(x) is found although the block has a setting `channels`.
func (e *elaborator) callee(x *syntax.Call) Value {
	id, ok := x.Fun.(*syntax.Ident)
	if !ok {
		return e.eval(x.Fun)
	}
	v, ok := e.lookup(id.Name)
	if ok && !callable(v) {
		if outer, found := e.global(e.frame.unit, id.Name); found && callable(outer) {
			return outer
		}
	}
	if !ok {
		return e.unknownName(id)
	}
	return v
}

func callable(v Value) bool {
	switch v.(type) {
	case *Block, *fixed, *stepKind, Unknown:
		return true
	}
	return false
}

// callBlock applies a block, or binds settings of it where no tensor is given.
func (e *elaborator) callBlock(x *syntax.Call, b *Block, args []*argument, as string) Value {
	if e.binds(b, args) {
		return e.bindSettings(x, b, args)
	}
	given, ok := e.match(x, b, args)
	if !ok {
		return Unknown{}
	}
	if b.run != nil {
		return e.callBuiltin(x, b, given, as)
	}
	scope := e.enterScope(x, b.Name(), as)
	if scope == nil {
		return Unknown{}
	}
	return e.apply(x, b, given, scope)
}

// enterScope names a call among the calls of its block.
func (e *elaborator) enterScope(x *syntax.Call, name, as string) *scope {
	s := e.frame.scope
	if as == "" {
		return newScope(s.join(s.claim(name)))
	}
	if s.taken[as] {
		e.fail("parameter/name", x, "two calls here are named %q", as).Help =
			"the parameters of a call are found under its name: give each call its own"
		return nil
	}
	return newScope(s.join(s.claim(as)))
}

// apply runs a block with the arguments given; bound settings and defaults fill the rest.
func (e *elaborator) apply(x *syntax.Call, b *Block, given map[string]*argument, s *scope) Value {
	if e.calls >= maxCalls {
		if !e.limit {
			e.limit = true
			e.tooDeep(x, b)
		}
		return Unknown{}
	}
	f := &frame{caller: e.frame, unit: b.unit, block: b, call: x, scope: s,
		names: map[string]*binding{}, texts: map[string]syntax.Expr{}}
	caller, bindingName := e.frame, e.binding
	e.frame, e.binding = f, ""
	e.calls++
	defer func() { e.frame, e.binding = caller, bindingName; e.calls-- }()
	if !e.bindParams(f, b, given) {
		return Unknown{}
	}
	e.applied[b.decl] = true
	e.body(b.decl.Body)
	switch {
	case f.returned:
		return f.result
	case e.limit:
		return Unknown{}
	}
	return Nothing{}
}

// tooDeep reports blocks that call each other without end. The trail would be the same call over and over.
func (e *elaborator) tooDeep(x *syntax.Call, b *Block) {
	d := &diag.Diagnostic{Code: "limit/depth", Summary: fmt.Sprintf("`%s`: blocks call each other more than %d deep", b.Name(), maxCalls),
		Help: "a block that calls itself must stop: test a setting with `if` before the call"}
	e.blame(d, x)
	d.Notes = d.Notes[:min(2, len(d.Notes))]
	e.report(d)
}

// bindParams binds each parameter of a block in its frame, in order, so that a default may mention those before it.
func (e *elaborator) bindParams(f *frame, b *Block, given map[string]*argument) bool {
	known := true
	for _, p := range b.decl.Params {
		name := p.Name.Text
		var v Value
		switch arg := given[name]; {
		case arg != nil:
			v = arg.value
			f.bind(name, v, p.Name.Span())
			if arg.text != nil {
				f.texts[name] = arg.text
			}
		case b.bound[name] != nil:
			v = b.bound[name]
			f.bind(name, v, p.Name.Span())
		case p.Default != nil:
			v = e.defaultOf(b, p)
			f.bind(name, v, p.Name.Span())
		default:
			return false // match has reported it
		}
		known = known && !isUnknown(v)
	}
	return known
}

// defaultOf computes the default of a parameter in the frame of the block.
func (e *elaborator) defaultOf(b *Block, p *syntax.Param) Value {
	if b.run != nil { // a default of a builtin does not see the names of the caller
		saved := e.frame
		e.frame = &frame{unit: b.unit, names: map[string]*binding{}, scope: saved.scope}
		defer func() { e.frame = saved }()
	}
	v := e.eval(p.Default)
	arg := &argument{text: p.Default, at: p.Default, value: v}
	out, ok := e.accept(b.Name(), paramOf(p), arg)
	if !ok {
		return Unknown{}
	}
	return out
}

// binds reports whether a call only binds settings: the block wants tensors and none is given.
func (e *elaborator) binds(b *Block, args []*argument) bool {
	tensors := b.free(true)
	if len(tensors) == 0 {
		return false
	}
	positional := 0
	for _, a := range args {
		if isTensor(a.value) || isUnknown(a.value) || a.piped {
			return false
		}
		if a.name == nil {
			positional++
			continue
		}
		if p := b.param(a.name.Text); p != nil && isTensorParam(p) {
			return false
		}
	}
	return positional <= len(b.free(false))
}

// bindSettings returns the block with settings bound. Without a tensor, arguments by position are settings.
func (e *elaborator) bindSettings(x *syntax.Call, b *Block, args []*argument) Value {
	settings := b.free(false)
	out := &Block{decl: b.decl, unit: b.unit, run: b.run, bound: map[string]Value{}}
	for name, v := range b.bound {
		out.bound[name] = v
	}
	ok := true
	given := map[*syntax.Param]bool{}
	for i, a := range args {
		p := (*syntax.Param)(nil)
		if a.name == nil {
			p = settings[i]
		} else if p = b.param(a.name.Text); p == nil {
			e.unexpected(x, b, a)
			ok = false
			continue
		}
		if given[p] {
			e.fail("call/duplicate", a.at, "`%s` of `%s` is given by position and by name", p.Name.Text, b.Name()).Help = leaveOut
			ok = false
			continue
		}
		given[p] = true
		v, good := e.accept(b.Name(), paramOf(p), a)
		if !good {
			e.noteSettings(b)
		}
		ok = ok && good && !isUnknown(v)
		out.bound[p.Name.Text] = v
	}
	if !ok {
		return Unknown{}
	}
	return out
}

// noteSettings adds to the error just reported why its call takes settings alone.
func (e *elaborator) noteSettings(b *Block) {
	if n := len(e.found); n > 0 {
		e.found[n-1].Notes = append([]diag.Note{{Text: fmt.Sprintf("no tensor is given here: the call binds settings of `%s`", b.Name())}},
			e.found[n-1].Notes...)
	}
	e.noteDeclaration(b)
}
