package workbench

import (
	"fmt"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/syntax"
	"github.com/vnlang/vn/stdlib"
)

// Check reports everything that is wrong with a program: with its text and its imports, and with each of its models, as
// it is for inference and as it is trained. Of an artifact it checks the plans and the sources. The error says why
// there is nothing to check, or is a fault of the compiler.
func Check(path string, set map[string]string) (diag.List, error) {
	packed, err := isArtifact(path)
	if err != nil {
		return nil, err
	}
	if !packed {
		return check(path, ReadSource, set)
	}
	a, err := artifact.Open(path)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	m, err := unpack(path, a, Options{Training: true})
	if err != nil {
		return nil, err
	}
	return check(m.sources.main, m.sources.read, merged(m.Set, set))
}

// check checks the declarations of a program one by one.
func check(path string, read eval.Reader, set map[string]string) (diag.List, error) {
	loaded, found := eval.Load(path, read, stdlib.FS, StepKinds)
	if len(loaded.Sources()) == 0 { // the file itself cannot be read
		return found, nil
	}
	p := &program{Program: loaded, path: path}
	p.tree, _ = syntax.Parse(p.Sources()[0])
	for _, name := range p.declaredData() {
		_, errs := p.Data(name)
		found = append(found, errs...)
	}
	trained := map[string]bool{}
	for _, d := range p.tree.Decls {
		if t, ok := d.(*syntax.Train); ok {
			trained[t.Model.Text] = true
			_, errs := p.Train(t.Model.Text)
			found = append(found, errs...)
		}
	}
	for _, name := range p.Models() {
		errs, err := p.checkModel(name, set, trained[name])
		found = append(found, errs...)
		if err != nil {
			return unique(found), err
		}
	}
	return unique(found), nil
}

// checkModel compiles a model both ways for what that has to say.
func (p *program) checkModel(name string, set map[string]string, trained bool) (diag.List, error) {
	c, found, err := compiler.Inference(p.Program, name, compiler.Options{Set: set})
	if err != nil || found.HasErrors() || !trained {
		return found, err
	}
	if t, errs := p.Train(name); t.Data != nil && !errs.HasErrors() {
		_, errs := data(t.Data, c.Model, set)
		found = append(found, errs...)
	}
	_, errs, err := compiler.Training(p.Program, name, compiler.Options{Set: set})
	return append(found, errs...), err
}

// unique leaves out diagnostics that say again what was said: a model is elaborated more than once.
func unique(l diag.List) diag.List {
	var out diag.List
	said := map[string]bool{}
	for _, d := range l {
		key := fmt.Sprint(d.Error(), d.At.End)
		if !said[key] {
			said[key] = true
			out = append(out, d)
		}
	}
	return out
}
