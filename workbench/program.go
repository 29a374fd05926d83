package workbench

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/report"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/spell"
	"github.com/vnlang/vn/lang/syntax"
	"github.com/vnlang/vn/stdlib"
)

// MaxSource is how much of a source file is read, in bytes: more than the parser accepts, so that it is the parser that
// says so.
const MaxSource = 4<<20 + 1

// program is a loaded program.
type program struct {
	*eval.Program
	path  string
	tree  *syntax.File // of the main file
	found diag.List    // what loading had to say: no errors, maybe warnings
}

// ReadSource reads a source file, and never more than the parser would take.
func ReadSource(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxSource))
	return string(text), err
}

// Format returns the text of a program in the layout that all programs share, and what is wrong with it; with mistakes
// it stays as it is. The name is what messages call it.
func Format(name, text string) (string, diag.List) {
	return syntax.Format(source.NewFile(name, text))
}

// loadProgram reads a program with its imports. What is wrong with the text comes back as a diag.List.
func loadProgram(path string, read eval.Reader) (*program, error) {
	p, found := eval.Load(path, read, stdlib.FS, StepKinds)
	if err := found.Err(); err != nil {
		return nil, err
	}
	tree, _ := syntax.Parse(p.Sources()[0])
	return &program{p, path, tree, found}, nil
}

// choose returns the name of the model that is meant.
func (p *program) choose(name string) (string, error) {
	models := p.Models()
	switch {
	case len(models) == 0:
		return "", fmt.Errorf("%s declares no model: it may be imported by a file that does", p.path)
	case name == "" && len(models) > 1:
		return "", fmt.Errorf("%s declares several models: choose one with --model: %s", p.path, strings.Join(models, ", "))
	case name == "":
		return models[0], nil
	}
	for _, m := range models {
		if m == name {
			return name, nil
		}
	}
	hint := "it has " + strings.Join(models, ", ")
	if near, ok := spell.Nearest(name, models); ok {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return "", fmt.Errorf("%s has no model %s: %s", p.path, name, hint)
}

// compile makes both plans of a model, and everything else that a Model holds.
func (p *program) compile(o Options) (*Model, error) {
	name, err := p.choose(o.Model)
	if err != nil {
		return nil, err
	}
	m := &Model{Path: p.path, Name: name, Set: merged(nil, o.Set), Warnings: p.found, sources: gather(p.Sources())}
	c, found, err := compiler.Inference(p.Program, name, compiler.Options{Set: o.Set, Verify: o.Verify})
	if err := first(found, err); err != nil {
		return nil, err
	}
	m.CompiledInference, m.Inference = c, c.Plan
	m.Warnings = append(m.Warnings, found...)
	for _, out := range c.Model.Outputs {
		m.Outputs = append(m.Outputs, out.Name)
	}
	m.report = report.New(c.Model, c.Graph)
	m.report.Sizes = acceptedSizes(c.Model)
	if err := p.addSettings(m, c.Model, o); err != nil {
		return nil, err
	}
	if !o.Training || m.Recipe == nil {
		return m, nil
	}
	c, found, err = compiler.Training(p.Program, name, compiler.Options{Set: o.Set, Batch: o.Batch, Verify: o.Verify, ScaleLoss: o.ScaleLoss})
	if err := first(found, err); err != nil {
		return nil, err
	}
	m.CompiledTraining, m.Training = c, c.Plan
	m.Warnings = unique(append(m.Warnings, found...))
	return m, nil
}

// first returns what is wrong with a program, else what is wrong with the compiler.
func first(found diag.List, err error) error {
	if wrong := found.Err(); wrong != nil {
		return wrong
	}
	return err
}

// addSettings gives a model the data and the recipe that the file declares for it.
func (p *program) addSettings(m *Model, made *eval.Model, o Options) error {
	t, found := p.Train(m.Name)
	if t == nil { // the file does not say how it is trained
		found = nil
	}
	var d *eval.Data
	if t != nil {
		m.Recipe = recipe(t, o.Batch)
		m.report.Batch = m.Recipe.Batch
		d = t.Data
	}
	if declared := p.declaredData(); d == nil && len(declared) == 1 {
		var errs diag.List
		d, errs = p.Data(declared[0])
		found = append(found, errs...)
	}
	if d != nil && !found.HasErrors() {
		data, errs := data(d, made)
		m.Data = data
		found = append(found, errs...)
	}
	m.Warnings = append(m.Warnings, found...)
	return found.Err()
}

// declaredData returns the names of the data declarations of the main file.
func (p *program) declaredData() []string {
	var names []string
	for _, d := range p.tree.Decls {
		if d, ok := d.(*syntax.Data); ok {
			names = append(names, d.Name.Text)
		}
	}
	return names
}

// acceptedSizes says in words which sizes the inputs of a model may have: "x, y and z: multiples of 16".
func acceptedSizes(m *eval.Model) string {
	type group struct{ input, axes, sizes string }
	var groups []group
	inputs := map[string]bool{}
	for _, s := range m.Accepts() {
		inputs[s.Input] = true
		if n := len(groups); n > 0 && groups[n-1].input == s.Input && groups[n-1].sizes == s.String() {
			groups[n-1].axes += ", " + s.Axis
			continue
		}
		groups = append(groups, group{s.Input, s.Axis, s.String()})
	}
	var words []string
	for _, g := range groups {
		text := g.axes + ": " + g.sizes
		if len(inputs) > 1 {
			text = g.input + " " + text
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}
