package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/syntax"
)

// Check looks at everything that a program declares: each model of the main file is run as for inference and as for
// training, each loss and optimizer is applied, each data declaration is read, each constant of each file is computed,
// and the names that running does not reach are resolved. The list does not hold what Load has found. The options' Set
// is given to the models that have such parameters; the rest of the options is not used.
func (p *Program) Check(o Options) diag.List {
	var found diag.List
	for _, name := range p.Models() {
		o := Options{Set: p.Settable(name, o.Set)}
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
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		for _, d := range p.files[path].tree.Decls {
			if s, ok := d.(*syntax.Setting); ok {
				e.constant(p.files[path], s)
			}
		}
	}
	found = merge(found, e.found)
	found = merge(found, p.resolve(found))
	slices.SortStableFunc(found, byPlace)
	return found
}

// Settable leaves out settings that are for other models of the main file than the one that is named. A setting that no
// model has is kept: Elaborate reports it.
func (p *Program) Settable(model string, set map[string]string) map[string]string {
	out := maps.Clone(set)
	for name := range set {
		others := slices.ContainsFunc(p.Models(), func(m string) bool { return p.hasParameter(m, name) })
		if others && !p.hasParameter(model, name) {
			delete(out, name)
		}
	}
	return out
}

// hasParameter reports whether a model of the main file has a parameter of that name.
func (p *Program) hasParameter(model, name string) bool {
	b, ok := p.main.decls[model].(*syntax.Block)
	return ok && slices.ContainsFunc(b.Params, func(q *syntax.Param) bool { return q.Name.Text == name })
}

// checkTraining runs a model as for training, with every loss and optimizer that the file has for it.
func (p *Program) checkTraining(name string, o Options) diag.List {
	o.Training, o.Batch = true, 2
	m, found := p.Elaborate(name, o)
	if found.HasErrors() {
		return found
	}
	for _, d := range p.main.tree.Decls {
		decl, ok := d.(*syntax.Train)
		if !ok || decl.Model.Text != name {
			continue
		}
		t := p.settingsMachine().train(decl)
		if t.Data != nil {
			found = merge(found, m.CheckData(t.Data))
		}
		if len(p.main.broken) > 0 {
			continue // what the loss speaks of may have come to nothing because of it
		}
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

// CheckData reports why a model cannot be given a data set's volumes: its input is not the one image, of one channel and
// three axes of space, that a case has, or the size to which the data are brought is another than the input's. Where
// one of the sizes was set from outside, or the data declare none, that of the input is meant.
func (m *Model) CheckData(d *Data) diag.List {
	if d := m.checkInput(d); d != nil {
		return diag.List{d}
	}
	if d.Size == [3]int{} || len(m.Inputs) == 0 || d.Size == m.Size() || m.machine.options.Set[m.Inputs[0].Name] != "" {
		return nil
	}
	in, want := m.Inputs[0], sizeList(m.Size())
	return diag.List{{Code: "train/size", At: d.sizeAt,
		Summary: fmt.Sprintf("the data `%s` has the size %s, but `%s` takes %s", d.Name, sizeList(d.Size), m.Name, want),
		Notes:   []diag.Note{{Text: fmt.Sprintf("`%s` is a %s", in.Name, in.Tensor), At: in.At}},
		Help:    fmt.Sprintf("write size = %s, or leave it out: the model's own size is taken", want)}}
}

// checkInput reports an input that is no image of a case.
func (m *Model) checkInput(data *Data) *diag.Diagnostic {
	if len(m.Inputs) == 0 {
		return nil
	}
	in := m.Inputs[0]
	d := &diag.Diagnostic{Code: "train/input", At: in.At,
		Notes: []diag.Note{{Text: fmt.Sprintf("the data `%s` give one image for each case: tensor[channel 1, x, y, z]", data.Name), At: data.At}}}
	space := in.Tensor.space()
	switch {
	case in.Name != "image":
		d.Summary = fmt.Sprintf("the input of `%s` is called `%s`, and the data give `image`", m.Name, in.Name)
		d.Help = "call it image"
	case len(space) != 3:
		d.Summary = fmt.Sprintf("`image` has %s, and a volume has three", areas(len(space)))
		d.Help = "sizes are given as channel, x, y, z: tensor[1, 128, 128, 64], or --set image=1,128,128,64"
	case in.Tensor.axis(channelAxis).Size.Value != 1:
		d.Summary = fmt.Sprintf("`image` has %d channels, and the data give one", in.Tensor.axis(channelAxis).Size.Value)
		d.Help = "volumes of one channel are read: write tensor[1, ...]"
	default:
		return nil
	}
	return d
}

func areas(n int) string {
	if n == 1 {
		return "one axis of space"
	}
	return fmt.Sprintf("%d axes of space", n)
}

// sizeList writes a size as the language does.
func sizeList(size [3]int) string { return fmt.Sprintf("[%d, %d, %d]", size[0], size[1], size[2]) }

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
