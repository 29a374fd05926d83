package workbench

import (
	"fmt"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
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

// check checks a program as far as the language goes, and compiles a program that is right for what that has to say.
func check(path string, read eval.Reader, set map[string]string) (diag.List, error) {
	p, found := eval.Load(path, read, stdlib.FS, StepKinds)
	if len(p.Sources()) == 0 { // the file itself cannot be read
		return found, nil
	}
	found = append(found, p.Check(eval.Options{Set: set})...)
	if found.HasErrors() {
		return found, nil
	}
	for _, name := range p.Models() {
		errs, err := checkModel(p, name, p.Settable(name, set))
		found = append(found, errs...)
		if err != nil {
			return unique(found), err
		}
	}
	return unique(found), nil
}

// checkModel compiles a model both ways.
func checkModel(p *eval.Program, name string, set map[string]string) (diag.List, error) {
	_, found, err := compiler.Inference(p, name, compiler.Options{Set: set})
	if t, _ := p.Train(name); t == nil || err != nil || found.HasErrors() {
		return found, err
	}
	_, errs, err := compiler.Training(p, name, compiler.Options{Set: set})
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
