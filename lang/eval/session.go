package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// Session is an elaboration that grows statement by statement: the evaluator of the interactive session. It sees what
// the program's main file declares, and may declare more. A Session is not safe for concurrent use.
type Session struct {
	e *elaborator
}

// Result is what one item of a script gave: the value of an expression or of a binding.
type Result struct {
	Name  string // the name that was bound; "" for an expression alone
	Value Value
	At    source.Span
}

// Session returns a session on top of a program. The graph receives the nodes of everything that is run.
func (p *Program) Session(o Options) *Session {
	e := newElaborator(p, o, inSession)
	u := &unit{source: p.main.source, tree: p.main.tree, broken: slices.Clone(p.main.broken),
		decls: maps.Clone(p.main.decls), imports: maps.Clone(p.main.imports)}
	e.frame = &frame{unit: u, names: map[string]*binding{}, scope: newScope("")}
	e.model = &Model{Name: "session", machine: e, unit: u}
	return &Session{e}
}

// Run runs the items of a script and returns what they gave, up to the first item with an error. What an item bound
// before its error stays bound.
func (s *Session) Run(script *syntax.Script) ([]Result, diag.List) {
	e := s.e
	e.found, e.said, e.limit, e.steps = nil, map[string]bool{}, false, 0
	e.constants = map[*syntax.Setting]Value{}
	e.misaligned = nil
	top := e.frame
	var out []Result
	for _, item := range script.Items {
		r := s.item(item)
		e.frame, top.returned = top, false
		if r.Value != nil && !isUnknown(r.Value) {
			out = append(out, r)
		}
		if e.found.HasErrors() {
			break
		}
	}
	for name, b := range top.names {
		if isUnknown(b.value) {
			delete(top.names, name)
		}
	}
	return out, e.found
}

// item runs one item of a script.
func (s *Session) item(item syntax.Node) Result {
	e := s.e
	r := Result{At: item.Span()}
	switch item := item.(type) {
	case *syntax.Import:
		e.found = append(e.found, e.program.importInto(e.frame.unit, item, nil)...)
	case *syntax.Setting:
		e.setting(item)
		r.Name = item.Name.Text
	case *syntax.Stage:
		e.makeStage(item)
		r.Name = item.Name.Text
	case *syntax.Do:
		r.Value = e.eval(item.Value)
	case *syntax.Return:
		e.giveBack(item)
		r.Value = e.frame.result
	case *syntax.Train:
		e.train(item)
	case syntax.Decl:
		e.frame.unit.decls[item.Declared().Text] = item
		delete(e.frame.names, item.Declared().Text)
		r.Name = item.Declared().Text
	default:
		e.statement(item)
	}
	if r.Name != "" {
		r.Value, _ = e.lookup(r.Name)
	}
	return r
}

// Bind gives a name a value.
func (s *Session) Bind(name string, v Value) { s.e.frame.bind(name, v, source.Span{}) }

// Lookup returns the value of a name: one that the session bound, a declaration, or a block of the library.
func (s *Session) Lookup(name string) (Value, bool) { return s.e.lookup(name) }

// Names returns the names that are visible, sorted.
func (s *Session) Names() []string { return slices.Compact(s.e.visible()) }

// Model returns what the session has made so far: inputs, stages, parameters and states.
func (s *Session) Model() *Model { return s.e.model }

// Input makes an input of the session, of sizes in the order channel, x, y, z, and binds it to a name.
func (s *Session) Input(name string, sizes ...int) (*Tensor, error) {
	if !identifier.MatchString(name) || slices.Contains(syntax.Keywords, name) {
		return nil, fmt.Errorf("input %q: this is no name; letters, digits and _ are", name)
	}
	list := make([]string, len(sizes))
	for i, n := range sizes {
		list[i] = fmt.Sprint(n)
	}
	script, found := syntax.ParseScript(source.NewFile(name, name+" = tensor(["+strings.Join(list, ", ")+"])"))
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("input %s: %w", name, err)
	}
	_, found = s.Run(script)
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("input %s: %w", name, err)
	}
	v, _ := s.Lookup(name)
	t, ok := v.(*Tensor)
	if !ok {
		return nil, fmt.Errorf("input %s: it is no tensor", name)
	}
	return t, nil
}

// newTensor makes an input of the session.
func newTensor(e *elaborator, c *invocation) Value {
	if e.place != inSession {
		e.fail("parameter/place", c.call, "`tensor` makes an input of the interactive session, not of %s", e.place).Help =
			"an input of a model is one of its parameters: image: tensor[1, 128, 128, 64]"
		return Unknown{}
	}
	name := orElse(e.binding, "tensor")
	l := c.list("sizes")
	if len(l.Items) > 0 && l.Items[0].Label != "" {
		axes, ok := e.shape(c.text("sizes"), l)
		if !ok {
			return Unknown{}
		}
		return e.newInput(name, axes, pointAt(c.call))
	}
	axes, ok := e.inputAxes(name, c.text("sizes"), l.values(), c.elements("sizes", len(l.Items)))
	if !ok {
		return Unknown{}
	}
	return e.newInput(name, axes, pointAt(c.call))
}
