package eval

import (
	"maps"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// The environment of a session is the names of its open frame and the declarations of its unit. An interactive session
// also wants to go back after a mistake, to read files on the way, and to be given data from outside.

// Attempt runs the items of a script as Run does, but an error leaves the environment as it was, and a name may be
// imported again. A number, a text or a list of them that is bound here is also a constant of the session, which the
// blocks that it declares see.
func (s *Session) Attempt(script *syntax.Script) ([]Result, diag.List) {
	restore := s.checkpoint()
	var out []Result
	var found diag.List
	for _, item := range script.Items {
		switch item := item.(type) {
		case *syntax.Import:
			found = append(found, s.importFile(item)...)
		case *syntax.Return:
			found = append(found, &diag.Diagnostic{Code: "syntax/place", At: item.Span(), Summary: "`return` stands outside of a block",
				Help: "an expression alone shows its value"})
		default:
			results, errs := s.Run(&syntax.Script{Source: script.Source, Items: []syntax.Node{item}})
			out, found = append(out, results...), append(found, errs...)
		}
		if found.HasErrors() {
			restore()
			return nil, found
		}
		if set, ok := item.(*syntax.Setting); ok {
			s.publish(set)
		}
	}
	return out, found
}

// checkpoint returns a function that puts the environment back to what it is now.
func (s *Session) checkpoint() (restore func()) {
	f, u := s.e.frame, s.e.frame.unit
	names, taken := maps.Clone(f.names), maps.Clone(f.scope.taken)
	decls, imports := maps.Clone(u.decls), maps.Clone(u.imports)
	model := *s.e.model
	model.Stages = slices.Clone(model.Stages) // the only list that a session changes elsewhere than at its end
	return func() {
		f.names, f.scope.taken = names, taken
		u.decls, u.imports = decls, imports
		*s.e.model = model
	}
}

// publish makes a binding a constant of the session's unit, where it can be one.
func (s *Session) publish(set *syntax.Setting) {
	name, u := set.Name.Text, s.e.frame.unit
	delete(u.decls, name)
	b := s.e.frame.names[name]
	if b == nil {
		return
	}
	if x, ok := literal(b.value); ok {
		u.decls[name] = &syntax.Setting{Doc: set.Doc, Name: set.Name, Value: x}
	}
}

// literal returns the text of a value as a tree, if it can be written as a literal.
func literal(v Value) (syntax.Expr, bool) {
	switch v := v.(type) {
	case Int:
		return &syntax.Int{Value: v.Value}, true
	case Float:
		return &syntax.Float{Value: v.Value}, true
	case Bool:
		return &syntax.Bool{Value: v.Value}, true
	case String:
		return &syntax.String{Value: v.Value}, true
	case Quantity:
		return &syntax.Quantity{Value: v.Value, Unit: v.Unit}, true
	case *List:
		out := &syntax.List{}
		for _, item := range v.Items {
			x, ok := literal(item.Value)
			if !ok {
				return nil, false
			}
			arg := &syntax.Argument{Value: x}
			if item.Label != "" {
				arg.Name = &syntax.Name{Text: item.Label}
			}
			out.Items = append(out.Items, arg)
		}
		return out, true
	}
	return nil, false
}

// Load declares in the session what a file declares and imports, as if it had been typed there, and returns the names
// in the order of the file. An error leaves the environment as it was.
func (s *Session) Load(path string) ([]string, diag.List) {
	from, found := s.reader().load(path, source.Span{}, nil)
	if found.HasErrors() {
		return nil, found
	}
	restore := s.checkpoint()
	u := s.e.frame.unit
	for name, other := range from.imports {
		s.forget(name)
		u.imports[name] = other
	}
	var names []string
	var constants []*syntax.Setting
	for _, d := range from.tree.Decls {
		if _, ok := d.(*syntax.Train); ok {
			continue
		}
		name := d.Declared().Text
		s.forget(name)
		u.decls[name] = d
		names = append(names, name)
		if set, ok := d.(*syntax.Setting); ok {
			constants = append(constants, set)
		}
	}
	s.Run(&syntax.Script{Source: from.source}) // forgets what constants were, and what was said
	for _, set := range constants {
		s.e.constant(u, set)
	}
	if found = append(found, s.e.found...); found.HasErrors() {
		restore()
		return nil, found
	}
	return names, found
}

// importFile makes a file known in the session under a name.
func (s *Session) importFile(i *syntax.Import) diag.List {
	u := s.e.frame.unit
	scratch := &unit{source: u.source, imports: map[string]*unit{}}
	found := s.reader().importInto(scratch, i, nil)
	for name, other := range scratch.imports {
		s.forget(name)
		u.imports[name] = other
	}
	return found
}

// reader returns a program to read files into. A session reads a file each time that it is named: it may have been
// edited.
func (s *Session) reader() *Program {
	p := s.e.program
	return &Program{library: p.library, kinds: p.kinds, read: p.read, files: map[string]*unit{}}
}

// forget makes a name free.
func (s *Session) forget(name string) {
	delete(s.e.frame.names, name)
	delete(s.e.frame.unit.decls, name)
	delete(s.e.frame.unit.imports, name)
}

// Bound returns the names that the session has of its own, sorted: what was bound, declared, loaded or imported.
func (s *Session) Bound() []string {
	names := map[string]bool{}
	for name, b := range s.e.frame.names {
		if block, ok := b.value.(*Block); !ok || block.run == nil {
			names[name] = true
		}
	}
	for name := range s.e.frame.unit.decls {
		names[name] = true
	}
	for name := range s.e.frame.unit.imports {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Tensors returns the tensors that the session's names hold, alone or in lists and blocks. No other tensor can be
// reached by what is run next.
func (s *Session) Tensors() []*Tensor {
	var out []*Tensor
	var walk func(v Value)
	walk = func(v Value) {
		switch v := v.(type) {
		case *Tensor:
			out = append(out, v)
		case *List:
			for _, item := range v.Items {
				walk(item.Value)
			}
		case *Block:
			for _, name := range slices.Sorted(maps.Keys(v.bound)) {
				walk(v.bound[name])
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.e.frame.names)) {
		walk(s.e.frame.names[name].value)
	}
	return out
}

// At returns where the block is declared. The file of a builtin is called "builtin".
func (b *Block) At() source.Span { return b.declaredAt() }

// Source is a builtin that the owner of a session adds to it: a call of it makes an input of the session, whose
// elements the owner knows.
type Source struct {
	Signature string    // the name and the parameters, in the language: volume(path: string)
	Doc       string    // what it makes
	Code      diag.Code // of the errors of Read
	// Read makes the value of a call by calling input with the axes of one sample, in any order. Its error is what is
	// wrong with the arguments, as a summary.
	Read func(args map[string]Value, input func(axes []Axis) *Tensor) (*Tensor, error)
}

// Add makes a source known in the session. The signature is taken to be right.
func (s *Session) Add(src Source) {
	run := func(e *elaborator, c *invocation) Value {
		t, err := src.Read(c.values, func(axes []Axis) *Tensor {
			return e.newInput(orElse(e.binding, c.name), ordered(axes), pointAt(c.call))
		})
		if err != nil {
			e.fail(src.Code, c.call, "%s", err)
			return Unknown{}
		}
		return t
	}
	for name, b := range table([]native{{src.Signature, src.Doc, run}}) {
		s.Bind(name, b)
	}
}
