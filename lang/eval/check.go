package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/syntax"
)

// Check looks at everything that a program declares: each model of the main file is run as for inference and as for
// training, each loss and optimizer is applied, each data declaration is read, and the names that running does not
// reach are resolved. The list does not hold what Load has found. The options' Set is given to the models that have
// such parameters; the rest of the options is not used.
func (p *Program) Check(o Options) diag.List {
	var found diag.List
	for _, name := range p.Models() {
		o := Options{Set: p.settable(name, o.Set)}
		_, errs := p.Elaborate(name, o)
		found = merge(found, errs)
		if !errs.HasErrors() {
			found = merge(found, p.checkTraining(name, o))
		}
	}
	e := p.settingsMachine()
	for _, d := range p.main.tree.Decls {
		switch d := d.(type) {
		case *syntax.Data:
			e.data(d)
		case *syntax.Train:
			e.train(d)
		case *syntax.Setting:
			e.constant(p.main, d)
		}
	}
	found = merge(found, e.found)
	found = merge(found, p.resolve(found))
	slices.SortStableFunc(found, byPlace)
	return found
}

// settable keeps the settings that a model has.
func (p *Program) settable(name string, set map[string]string) map[string]string {
	decl := p.main.decls[name].(*syntax.Block)
	out := map[string]string{}
	for _, param := range decl.Params {
		if text, ok := set[param.Name.Text]; ok {
			out[param.Name.Text] = text
		}
	}
	return out
}

// checkTraining runs a model as for training, with every loss and optimizer that the file has for it.
func (p *Program) checkTraining(name string, o Options) diag.List {
	o.Training, o.Batch = true, 2
	m, found := p.Elaborate(name, o)
	for _, d := range p.main.tree.Decls {
		decl, ok := d.(*syntax.Train)
		if !ok || decl.Model.Text != name || found.HasErrors() {
			continue
		}
		t := p.settingsMachine().train(decl)
		found = merge(found, p.checkSize(m, t))
		m, _ := p.Elaborate(name, o)
		_, errs := m.Loss(t)
		found = merge(found, errs)
		for _, param := range m.Parameters {
			_, errs := m.Optimize(t, param, nil)
			found = merge(found, errs)
			if errs.HasErrors() {
				break
			}
		}
	}
	return found
}

// checkSize compares the size to which the data are brought with the model's input.
func (p *Program) checkSize(m *Model, t *Train) diag.List {
	if t.Data == nil || t.Data.Size == [3]int{} || len(m.Inputs) == 0 || m.machine.options.Set[m.Inputs[0].Name] != "" {
		return nil
	}
	in := m.Inputs[0]
	var have, want []string
	differ := false
	for i, axis := range []string{"x", "y", "z"} {
		a := in.Tensor.axis(axis)
		if a == nil {
			return nil
		}
		have = append(have, fmt.Sprint(t.Data.Size[i]))
		want = append(want, fmt.Sprint(a.Size.Value))
		differ = differ || t.Data.Size[i] != a.Size.Value
	}
	if !differ {
		return nil
	}
	size := "[" + strings.Join(want, ", ") + "]"
	return diag.List{{Code: "train/size", At: t.decl.Data.Span(),
		Summary: fmt.Sprintf("the data `%s` has the size [%s], but `%s` takes %s", t.Data.Name, strings.Join(have, ", "), m.Name, size),
		Notes:   []diag.Note{{Text: fmt.Sprintf("%s is a %s", in.Name, in.Tensor), At: in.At}, {Text: "the data are declared here", At: t.Data.At}},
		Help:    fmt.Sprintf("write size = %s in `%s`, or leave it out: the model's own size is taken", size, t.Data.Name)}}
}

// merge adds what was not said yet. An unknown name that is said in one way at a place is not said in another.
func merge(found, more diag.List) diag.List {
	for _, d := range more {
		if !slices.ContainsFunc(found, func(f *diag.Diagnostic) bool { return sameFault(f, d) }) {
			found = append(found, d)
		}
	}
	return found
}

// sameFault reports whether two diagnostics tell of one mistake: the same code at the same place, or a name that is not
// known in the same file.
func sameFault(a, b *diag.Diagnostic) bool {
	if a.Code != b.Code || a.At.File != b.At.File {
		return false
	}
	if a.At == b.At && (a.Summary == b.Summary || a.Code.Group() == "name") {
		return true
	}
	return a.Code == "name/unknown" && a.At.Text() == b.At.Text()
}

// byPlace orders diagnostics as their places stand in the text; those of other files come first, as they were found.
func byPlace(a, b *diag.Diagnostic) int {
	if a.At.File != b.At.File || a.At.File == nil {
		return 0
	}
	return a.At.Start - b.At.Start
}
