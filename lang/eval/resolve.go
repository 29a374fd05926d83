package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/spell"
	"github.com/vnlang/vn/lang/syntax"
)

// resolver looks at the names of a program without running it: for those that running does not reach, in a block that
// nothing calls or a branch that is not taken, and for those that nothing uses.
type resolver struct {
	machine *elaborator
	twice   []string // stages of the block at hand that have one name
	found   diag.List
}

// resolve checks the names of every file of the user's. Where a declaration has an error, which the list may hold
// already, nothing is said of what it does not use.
func (p *Program) resolve(found diag.List) diag.List {
	r := &resolver{machine: newElaborator(p, Options{}, inSettings), found: slices.Clone(found)}
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		u := p.files[path]
		for _, d := range u.tree.Decls {
			switch d := d.(type) {
			case *syntax.Block:
				r.block(u, d, p.lossNames(u, d))
			case *syntax.Train:
				r.loss(u, d)
			}
		}
		r.imports(u)
	}
	r.data(p)
	return r.found[len(found):]
}

// loss checks the names in the loss of a train declaration: it sees the stages and the inputs of the model.
func (r *resolver) loss(u *unit, t *syntax.Train) {
	model, ok := u.decls[t.Model.Text].(*syntax.Block)
	if !ok {
		return
	}
	local := map[string]source.Span{labelName: {}}
	for _, s := range stagesIn(model.Body) {
		local[s.Name.Text] = s.Name.Span()
	}
	for _, p := range model.Params {
		local[p.Name.Text] = p.Name.Span()
	}
	r.twice = nil
	for _, s := range t.Settings {
		if s.Name.Text == "loss" {
			walk(s.Value, func(n syntax.Node) { r.known(u, local, n) })
		}
	}
}

// lossNames are the names that the losses of a model mention.
func (p *Program) lossNames(u *unit, b *syntax.Block) map[string]bool {
	out := map[string]bool{}
	for _, d := range u.tree.Decls {
		t, ok := d.(*syntax.Train)
		if !ok || t.Model.Text != b.Name.Text {
			continue
		}
		for _, s := range t.Settings {
			maps.Copy(out, mentioned(s))
		}
	}
	return out
}

// mentioned collects the names that a tree uses.
func mentioned(n syntax.Node) map[string]bool {
	out := map[string]bool{}
	walk(n, func(n syntax.Node) {
		if id, ok := n.(*syntax.Ident); ok {
			out[id.Name] = true
		}
	})
	return out
}

// block checks the names of one block or model.
func (r *resolver) block(u *unit, b *syntax.Block, used map[string]bool) {
	r.params(b)
	r.twice = twiceMade(b)
	local := boundIn(b.Body)
	for _, p := range b.Params {
		local[p.Name.Text] = p.Name.Span()
	}
	uses := func(n syntax.Node) {
		maps.Copy(used, mentioned(n))
		walk(n, func(n syntax.Node) { r.known(u, local, n) })
	}
	for _, p := range b.Params {
		if p.Default != nil {
			uses(p.Default)
		}
		if p.Type != nil {
			for _, x := range p.Type.Sizes {
				uses(x)
			}
		}
	}
	uses(b.Body)
	if !r.wrong(b) {
		r.unused(b, local, used)
	}
}

// wrong reports whether a declaration has an error.
func (r *resolver) wrong(d syntax.Decl) bool {
	return slices.ContainsFunc(r.found, func(e *diag.Diagnostic) bool { return !e.Warning && within(e.At, d.Span()) })
}

// within reports whether a span lies inside another.
func within(inner, outer source.Span) bool {
	return inner.File == outer.File && inner.Start >= outer.Start && inner.End <= outer.End
}

// twiceMade lists the names that several stages of a block have.
func twiceMade(b *syntax.Block) []string {
	var seen, out []string
	for _, s := range stagesIn(b.Body) {
		if slices.Contains(seen, s.Name.Text) {
			out = append(out, s.Name.Text)
		}
		seen = append(seen, s.Name.Text)
	}
	return out
}

// params reports parameters of one name, and those of which no call could give the value.
func (r *resolver) params(b *syntax.Block) {
	seen := map[string]source.Span{}
	setting := (*syntax.Param)(nil)
	for _, p := range b.Params {
		if first, ok := seen[p.Name.Text]; ok {
			r.found = append(r.found, duplicate(p.Name, first))
		}
		seen[p.Name.Text] = p.Name.Span()
		if !isTensorParam(p) {
			setting = p
		} else if setting != nil && !b.Model {
			r.found = append(r.found, &diag.Diagnostic{Code: "call/tensors", At: p.Name.Span(),
				Summary: fmt.Sprintf("the tensor `%s` stands after the setting `%s`", p.Name.Text, setting.Name.Text),
				Help:    fmt.Sprintf("move it before the settings, or give it a type if it is one: %s: int", p.Name.Text)})
		}
	}
}

// known reports a name that nothing declares.
func (r *resolver) known(u *unit, local map[string]source.Span, n syntax.Node) {
	if x, ok := n.(*syntax.Field); ok {
		r.knownIn(u, local, x)
	}
	id, ok := n.(*syntax.Ident)
	if !ok {
		return
	}
	if _, ok := local[id.Name]; ok || r.global(u, id.Name) {
		return
	}
	if _, follows := lastOfSeries(id.Name, r.twice); follows {
		return
	}
	r.machine.frame = &frame{unit: u, names: map[string]*binding{}}
	candidates := append(r.machine.visible(), slices.Sorted(maps.Keys(local))...)
	d := &diag.Diagnostic{Code: "name/unknown", At: id.Span(), Summary: fmt.Sprintf("nothing is called `%s` here", id.Name)}
	if near, ok := spell.Nearest(id.Name, candidates); ok {
		d.Help = "did you mean `" + near + "`?"
	}
	r.found = append(r.found, d)
}

// knownIn reports a name that an imported file does not declare.
func (r *resolver) knownIn(u *unit, local map[string]source.Span, x *syntax.Field) {
	id, ok := x.X.(*syntax.Ident)
	if !ok || u.imports[id.Name] == nil {
		return
	}
	if _, ok := local[id.Name]; ok {
		return
	}
	other := u.imports[id.Name]
	if other.decls[x.Name.Text] == nil && !slices.Contains(other.broken, x.Name.Text) {
		r.found = append(r.found, &diag.Diagnostic{Code: "name/unknown", At: x.Name.Span(),
			Summary: fmt.Sprintf("%s declares no `%s`", other.source.Name, x.Name.Text),
			Help:    suggest(x.Name.Text, slices.Sorted(maps.Keys(other.decls)))})
	}
}

// global reports whether a name is known outside of blocks.
func (r *resolver) global(u *unit, name string) bool {
	if u.decls[name] != nil || u.imports[name] != nil || slices.Contains(u.broken, name) {
		return true
	}
	p := r.machine.program
	return p.library.decls[name] != nil || builtins[name] != nil || slices.Contains(words, name) || name == "training"
}

// unused warns of names that are bound and never mentioned.
func (r *resolver) unused(b *syntax.Block, local map[string]source.Span, used map[string]bool) {
	stages := map[string]bool{}
	for _, s := range stagesIn(b.Body) {
		stages[s.Name.Text] = true
	}
	params := map[string]bool{}
	for _, p := range b.Params {
		params[p.Name.Text] = true
		if isTensorParam(p) && !b.Model { // a schedule has to take the step, whether it looks at it or not
			used[p.Name.Text] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(local)) {
		if used[name] || name[0] == '_' {
			continue
		}
		d := &diag.Diagnostic{Code: "name/unused", Warning: true, At: local[name]}
		switch {
		case stages[name]:
			d.Summary, d.Help = fmt.Sprintf("nothing uses the stage `%s`", name), "return it, pipe it into a later stage, or remove it"
		case params[name]:
			d.Summary, d.Help = fmt.Sprintf("`%s` never uses its parameter `%s`", b.Name.Text, name), fmt.Sprintf("remove it, or call it _%s", name)
		default:
			d.Summary, d.Help = fmt.Sprintf("nothing uses `%s`", name), fmt.Sprintf("remove it, or call it _%s", name)
		}
		r.found = append(r.found, d)
	}
}

// data warns of data on which no model of the main file is trained. Data that stand alone are meant where none are
// named, and a file without a train declaration leaves the choice to who uses it.
func (r *resolver) data(p *Program) {
	names := p.dataNames()
	used, trains := map[string]bool{}, false
	for _, d := range p.main.tree.Decls {
		t, ok := d.(*syntax.Train)
		trains = trains || ok
		if !ok || t.Data == nil {
			continue
		}
		if !slices.Contains(names, t.Data.Text) {
			return // one of those here was meant
		}
		used[t.Data.Text] = true
	}
	if !trains || len(names) < 2 {
		return
	}
	for _, name := range names {
		d := p.main.decls[name]
		if !used[name] && name[0] != '_' && !r.wrong(d) {
			r.found = append(r.found, &diag.Diagnostic{Code: "name/unused", Warning: true, At: d.Declared().Span(),
				Summary: fmt.Sprintf("no model is trained on the data `%s`", name),
				Help:    fmt.Sprintf("write train MODEL on %s, remove them, or call them _%s", name, name)})
		}
	}
}

// imports warns of imported files that are never mentioned.
func (r *resolver) imports(u *unit) {
	used := map[string]bool{}
	for _, d := range u.tree.Decls {
		switch d := d.(type) {
		case *syntax.Block:
			maps.Copy(used, mentioned(d.Body))
			for _, p := range d.Params {
				if p.Default != nil {
					maps.Copy(used, mentioned(p.Default))
				}
			}
		case *syntax.Data:
			for _, s := range d.Settings {
				maps.Copy(used, mentioned(s))
			}
		case *syntax.Train:
			for _, s := range d.Settings {
				maps.Copy(used, mentioned(s))
			}
		case *syntax.Setting:
			maps.Copy(used, mentioned(d))
		}
	}
	for _, i := range u.tree.Imports {
		name := importName(i)
		if u.imports[name] != nil && !used[name] {
			r.found = append(r.found, &diag.Diagnostic{Code: "name/unused", Warning: true, At: i.Path.Span(),
				Summary: fmt.Sprintf("nothing uses the imported file `%s`", name), Help: "remove the import"})
		}
	}
}
