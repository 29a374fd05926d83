package eval

import (
	"slices"
	"strconv"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/spell"
	"github.com/vnlang/vn/lang/syntax"
)

// frame is one call of a block, or the top of an elaboration, where call is nil. Its names grow statement by
// statement.
type frame struct {
	caller *frame
	unit   *unit  // the file whose declarations are visible
	block  *Block // nil at the top
	call   *syntax.Call
	names  map[string]*binding
	texts  map[string]syntax.Expr // the argument that each parameter was given, as the caller wrote it
	scope  *scope

	returned bool
	result   Value
}

// binding is a name and its value.
type binding struct {
	value Value
	at    source.Span
}

// scope numbers the calls of one block, so that parameters are named by where they stand.
type scope struct {
	path  string
	taken map[string]bool
}

func newScope(path string) *scope { return &scope{path, map[string]bool{}} }

// claim returns name if it is new in the scope, else name with the first free number from 2.
func (s *scope) claim(name string) string {
	chosen := name
	for i := 2; s.taken[chosen]; i++ {
		chosen = name + strconv.Itoa(i)
	}
	s.taken[chosen] = true
	return chosen
}

// join returns the path of a name in the scope.
func (s *scope) join(name string) string {
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}

// bind gives a name its value in the frame.
func (f *frame) bind(name string, v Value, at source.Span) {
	delete(f.texts, name)
	f.names[name] = &binding{v, at}
}

// lookup finds a name: the frame's own, the file's declarations, the standard library, then the builtins.
func (e *elaborator) lookup(name string) (Value, bool) {
	if b, ok := e.frame.names[name]; ok {
		return b.value, true
	}
	return e.global(e.frame.unit, name)
}

// global finds a name outside of any block.
func (e *elaborator) global(u *unit, name string) (Value, bool) {
	if v, ok := e.declared(u, name); ok {
		return v, true
	}
	if u != nil {
		if v, ok := u.imports[name]; ok {
			return &Module{name, v}, true
		}
		if slices.Contains(u.broken, name) {
			return Unknown{}, true
		}
	}
	if v, ok := e.declared(e.program.library, name); ok {
		return v, true
	}
	if b, ok := builtins[name]; ok {
		return b, true
	}
	if slices.Contains(words, name) {
		return String{name}, true
	}
	if name == "training" {
		return Bool{e.options.Training}, true
	}
	return nil, false
}

// declared finds a block, a model or a constant of a file.
func (e *elaborator) declared(u *unit, name string) (Value, bool) {
	if u == nil {
		return nil, false
	}
	switch d := u.decls[name].(type) {
	case *syntax.Block:
		return &Block{decl: d, unit: u}, true
	case *syntax.Setting:
		return e.constant(u, d), true
	}
	return nil, false
}

// visible lists the names that could have been meant at a place.
func (e *elaborator) visible() []string {
	var out []string
	for name := range e.frame.names {
		out = append(out, name)
	}
	if u := e.frame.unit; u != nil {
		for name := range u.decls {
			out = append(out, name)
		}
		for name := range u.imports {
			out = append(out, name)
		}
	}
	for name := range e.program.library.decls {
		out = append(out, name)
	}
	for name := range builtins {
		out = append(out, name)
	}
	out = append(append(out, "training"), words...)
	slices.Sort(out)
	return out
}

// suggest returns "did you mean `name`?", or "" when nothing is near.
func suggest(name string, candidates []string) string {
	if near, ok := spell.Nearest(name, candidates); ok {
		return "did you mean `" + near + "`?"
	}
	return ""
}
