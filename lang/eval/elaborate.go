package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// Options say how a model is elaborated.
type Options struct {
	Batch    int               // samples in a batch; 1 where it is less
	Training bool              // what `training` is
	Set      map[string]string // parameters of the model by name, as text of the language: width = 8, image = 1, 64, 64, 32
	Graph    Graph             // receives the nodes; nil where only the messages are wanted

	sizes map[string]int // sizes of the inputs by "input axis", for the search of sizes that fit
}

// Model is an elaborated model.
type Model struct {
	Name       string
	Doc        string
	Settings   []Item // the parameters that are no tensors, with their values
	Inputs     []Input
	Stages     []Stage
	Outputs    []Output
	Parameters []*Parameter // in the order in which they were made
	States     []*State
	Updates    []Update

	machine *elaborator
	unit    *unit
	loss    *Tensor
}

// Input is a tensor that the caller feeds.
type Input struct {
	Name   string
	Tensor *Tensor
	At     source.Span // where it is declared; unknown for `label` and `step`
}

// Stage is a named part of a model: the tensor that it makes.
type Stage struct {
	Name   string
	Tensor *Tensor
	At     source.Span
}

// Output is a tensor that the model returns.
type Output struct {
	Name   string
	Tensor *Tensor
}

// Size returns the size in voxels of the model's first input, in the order x, y, z; 1 on an axis that it does not have.
func (m *Model) Size() [3]int {
	size := [3]int{1, 1, 1}
	if len(m.Inputs) == 0 {
		return size
	}
	for i, axis := range []string{"x", "y", "z"} {
		if a := m.Inputs[0].Tensor.axis(axis); a != nil {
			size[i] = a.Size.Value
		}
	}
	return size
}

// Elaborate runs a model of the main file and emits it into the graph. The model is nil where there is none of that
// name; where the list has errors, it holds what could be made, and the graph is not to be used.
func (p *Program) Elaborate(name string, o Options) (*Model, diag.List) {
	decl, ok := p.main.decls[name].(*syntax.Block)
	if !ok || !decl.Model {
		return nil, diag.List{{Code: "name/unknown", At: source.Span{File: p.main.source},
			Summary: fmt.Sprintf("%s has no model `%s`", p.main.source.Name, name),
			Help:    orElse(suggest(name, p.Models()), "it has "+enumerate(p.Models()))}}
	}
	e := newElaborator(p, o, inModel)
	e.runModel(p.main, decl)
	if o.sizes == nil && len(e.misaligned) > 0 {
		e.mend(name)
	}
	return e.model, e.found
}

// runModel binds the parameters of a model, runs its body, and names its outputs.
func (e *elaborator) runModel(u *unit, decl *syntax.Block) {
	e.model = &Model{Name: decl.Name.Text, Doc: decl.Doc, machine: e, unit: u}
	e.frame = &frame{unit: u, block: &Block{decl: decl, unit: u}, names: map[string]*binding{}, scope: newScope("")}
	for _, s := range stagesIn(decl.Body) {
		e.frame.scope.taken[s.Name.Text] = true
	}
	if !e.modelParams(decl) {
		return
	}
	e.body(decl.Body)
	if e.limit {
		return
	}
	if !e.frame.returned {
		e.report(&diag.Diagnostic{Code: "type/nothing", At: decl.Name.Span(), Summary: fmt.Sprintf("the model `%s` returns nothing", decl.Name.Text),
			Help: "end it with `return` and the tensor that it makes: return output"})
		return
	}
	e.outputs(decl)
}

// modelParams gives each parameter of the model its value: settings first, since the sizes of a tensor may mention
// them.
func (e *elaborator) modelParams(decl *syntax.Block) bool {
	ok := e.knownOverrides(decl)
	for _, tensors := range []bool{false, true} {
		for _, p := range decl.Params {
			if isTensorParam(p) != tensors {
				continue
			}
			var v Value
			if tensors {
				v = e.input(p)
			} else {
				v = e.modelSetting(decl, p)
			}
			e.frame.bind(p.Name.Text, v, p.Name.Span())
			ok = ok && !isUnknown(v)
		}
	}
	return ok
}

// knownOverrides reports settings from outside that the model does not have.
func (e *elaborator) knownOverrides(decl *syntax.Block) bool {
	var names []string
	for _, p := range decl.Params {
		names = append(names, p.Name.Text)
	}
	ok := true
	for _, name := range slices.Sorted(maps.Keys(e.options.Set)) {
		if !slices.Contains(names, name) {
			e.report(&diag.Diagnostic{Code: "call/unexpected", At: decl.Name.Span(), Summary: fmt.Sprintf("the model `%s` has no parameter `%s` to set", decl.Name.Text, name),
				Help: orElse(suggest(name, names), "it has "+enumerate(names))})
			ok = false
		}
	}
	return ok
}

// modelSetting is the value of a parameter that is no tensor: from outside, or its default.
func (e *elaborator) modelSetting(decl *syntax.Block, p *syntax.Param) Value {
	text, set := e.options.Set[p.Name.Text]
	var v Value
	switch {
	case set:
		x, ok := e.override(p.Name.Text, text)
		if !ok {
			return Unknown{}
		}
		arg := &argument{text: x, at: x, value: e.eval(x)}
		if v, ok = e.accept(decl.Name.Text, paramOf(p), arg); !ok {
			return Unknown{}
		}
	case p.Default != nil:
		v = e.defaultOf(e.frame.block, p)
	default:
		e.fail("call/missing", p, "the model's parameter `%s` has no value", p.Name.Text).Help =
			fmt.Sprintf("give it a default here, or set it from outside: --set %s=...", p.Name.Text)
		return Unknown{}
	}
	e.model.Settings = append(e.model.Settings, Item{p.Name.Text, v})
	return v
}

// override reads a setting from outside as an expression of the language.
func (e *elaborator) override(name, text string) (syntax.Expr, bool) {
	script, found := syntax.ParseScript(source.NewFile("--set "+name, text))
	for _, d := range found {
		e.report(d)
	}
	if len(script.Items) == 1 && !found.HasErrors() {
		if do, ok := script.Items[0].(*syntax.Do); ok {
			return do.Value, true
		}
	}
	if !found.HasErrors() {
		e.report(&diag.Diagnostic{Code: "call/unexpected", At: source.Span{File: script.Source, End: len(text)},
			Summary: fmt.Sprintf("the value for `%s` is no expression", name), Help: "write a value, as in --set " + name + "=8"})
	}
	return nil, false
}

// outputs names what the model returns: by the name that is returned, else output, output2, and so on.
func (e *elaborator) outputs(decl *syntax.Block) {
	values := []Value{e.frame.result}
	if l, ok := e.frame.result.(*List); ok {
		values = l.values()
	}
	if len(values) == 0 {
		e.report(&diag.Diagnostic{Code: "type/output", At: decl.Name.Span(), Summary: fmt.Sprintf("a model returns tensors, but `%s` returns an empty list", decl.Name.Text)})
	}
	names := newScope("")
	texts := returnedTexts(decl.Body)
	for i, v := range values {
		t, ok := v.(*Tensor)
		if !ok {
			if !isUnknown(v) {
				e.report(&diag.Diagnostic{Code: "type/output", At: decl.Name.Span(), Summary: fmt.Sprintf("a model returns tensors, but `%s` returns %s", decl.Name.Text, describe(v))})
			}
			continue
		}
		name := "output"
		if id, ok := at(texts, i).(*syntax.Ident); ok && len(texts) == len(values) {
			name = id.Name
		}
		e.model.Outputs = append(e.model.Outputs, Output{names.claim(name), t})
	}
}

func at(texts []syntax.Expr, i int) syntax.Expr {
	if i < len(texts) {
		return texts[i]
	}
	return nil
}

// returnedTexts are the values of the last return statement of a body.
func returnedTexts(b *syntax.Body) []syntax.Expr {
	for _, s := range slices.Backward(b.Stmts) {
		if r, ok := s.(*syntax.Return); ok {
			return r.Values
		}
	}
	return nil
}

// stagesIn collects the stages that a body makes.
func stagesIn(b *syntax.Body) []*syntax.Stage {
	var out []*syntax.Stage
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *syntax.Stage:
			out = append(out, s)
		case *syntax.For:
			out = append(out, stagesIn(s.Body)...)
		case *syntax.If:
			out = append(out, stagesInBranches(s)...)
		}
	}
	return out
}

func stagesInBranches(s *syntax.If) []*syntax.Stage {
	out := stagesIn(s.Then)
	switch other := s.Else.(type) {
	case *syntax.If:
		out = append(out, stagesInBranches(other)...)
	case *syntax.Body:
		out = append(out, stagesIn(other)...)
	}
	return out
}
