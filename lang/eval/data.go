package eval

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// Data is a data declaration: how the volumes of a data set are found and prepared.
type Data struct {
	Name    string
	Doc     string
	Image   string     // pattern of the images' file names: "*.mhd"
	Label   string     // pattern of the labels' file names: "*_segmentation.mhd"
	Spacing [3]float64 // mm, in the order x, y, z
	Size    [3]int     // voxels, in the order x, y, z; zero where it is the size of the model's input
	Prepare []DataStep // in order
	Augment []DataStep // in order
	At      source.Span

	sizeAt source.Span
}

var dataSettings = []string{"image", "label", "spacing", "size", "prepare", "augment"}

// Data evaluates a data declaration of the main file. It is nil where there is none of that name.
func (p *Program) Data(name string) (*Data, diag.List) {
	decl, ok := p.main.decls[name].(*syntax.Data)
	if !ok {
		return nil, diag.List{{Code: "name/unknown", At: source.Span{File: p.main.source},
			Summary: fmt.Sprintf("%s has no data `%s`", p.main.source.Name, name), Help: suggest(name, p.dataNames())}}
	}
	e := p.settingsMachine()
	d := e.data(decl)
	return d, e.found
}

// dataNames returns the names of the data declarations of the main file, in order.
func (p *Program) dataNames() []string {
	var names []string
	for _, d := range p.main.tree.Decls {
		if d, ok := d.(*syntax.Data); ok && p.main.decls[d.Name.Text] == d {
			names = append(names, d.Name.Text)
		}
	}
	return names
}

// settingsMachine evaluates the settings of data and train declarations.
func (p *Program) settingsMachine() *elaborator {
	e := newElaborator(p, Options{}, inSettings)
	e.frame = &frame{unit: p.main, names: map[string]*binding{}, scope: newScope("")}
	return e
}

// data evaluates a data declaration.
func (e *elaborator) data(decl *syntax.Data) *Data {
	s := e.readSettings("data", "the data `"+decl.Name.Text+"`", decl.Name.Span(), decl.Settings, dataSettings)
	d := &Data{Name: decl.Name.Text, Doc: decl.Doc, At: decl.Name.Span()}
	d.Image = s.pattern("image", `image = "*.mhd"`)
	d.Label = s.pattern("label", `label = "*_segmentation.mhd"`)
	s.different(d.Image, d.Label)
	s.spacing(&d.Spacing)
	s.size(&d.Size)
	if x := s.byName["size"]; x != nil {
		d.sizeAt = x.Value.Span()
	}
	for _, set := range []struct {
		name string
		to   *[]DataStep
	}{{"prepare", &d.Prepare}, {"augment", &d.Augment}} {
		if x := s.byName[set.name]; x != nil {
			*set.to = e.stepList(x)
		}
	}
	return d
}

// pattern reads a pattern of file names.
func (s *settingsOf) pattern(name, example string) string {
	if s.byName[name] == nil {
		s.missing(name, example)
		return ""
	}
	v, set, ok := s.value(name, "string")
	if !ok {
		return ""
	}
	text, at := v.(String).Value, set.Value
	switch stars := strings.Count(text, "*"); {
	case strings.ContainsAny(text, `?[\`):
		s.e.fail("data/pattern", at, "%q is no pattern of file names: only `*` stands for other letters", text).Help = "write " + example
	case stars == 0:
		s.e.fail("data/pattern", at, "the pattern %q has no `*`, which stands for the name of the case", text).Help = "write " + example
	case stars > 1:
		s.e.fail("data/pattern", at, "the pattern %q has more than one `*`, and the name of the case is one", text).Help = "write " + example
	case !filepath.IsLocal(filepath.FromSlash(text)):
		s.e.fail("data/pattern", at, "the pattern %q leaves the folder of the data", text).Help =
			"name files below the folder that vnc train is given: " + example
	}
	return text
}

// different reports one pattern for images and labels.
func (s *settingsOf) different(image, label string) {
	if label != "" && path.Clean(image) == path.Clean(label) {
		s.e.fail("data/pattern", s.byName["label"].Value, "images and labels have the same pattern %q", label).Help =
			`a pattern tells the labels from the images: label = "*_segmentation.mhd"`
	}
}

// spacing reads three lengths in mm.
func (s *settingsOf) spacing(to *[3]float64) {
	const example = "[1mm, 1mm, 1.5mm]"
	if s.byName["spacing"] == nil {
		s.missing("spacing", "spacing = "+example, diag.Note{Text: "volumes differ in their spacing, and the network sees all of them on one grid"})
		return
	}
	values, set, ok := s.three("spacing", example)
	if !ok {
		return
	}
	for i, v := range values {
		q, isQuantity := v.(Quantity)
		_, isNumber := number(v)
		switch {
		case isNumber:
			s.e.fail("unit/missing", set.Value, "a spacing is a length, but %s has no unit", v).Help = "write spacing = " + inMillimetres(values)
			return
		case !isQuantity || q.Unit != "mm":
			s.e.fail("unit/mix", set.Value, "a spacing is in mm, but this is %s", describe(v))
			return
		case q.Value <= 0 || q.Value > 1000:
			s.e.fail("data/value", set.Value, "a spacing is more than 0 mm and at most 1000 mm, but this is %s", v)
			return
		}
		to[i] = q.Value
	}
}

// inMillimetres writes lengths with the unit that they lack.
func inMillimetres(lengths []Value) string {
	var parts []string
	for _, v := range lengths {
		if f, ok := number(v); ok {
			v = Quantity{f, "mm"}
		}
		parts = append(parts, v.String())
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// size reads three numbers of voxels.
func (s *settingsOf) size(to *[3]int) {
	values, set, ok := s.three("size", "[128, 128, 64]")
	if !ok {
		return
	}
	for i, v := range values {
		if q, isQuantity := v.(Quantity); isQuantity && q.Unit == "voxel" && q.Value == float64(int64(q.Value)) {
			v = Int{Value: int64(q.Value)}
		}
		if q, isQuantity := v.(Quantity); isQuantity {
			s.e.fail("unit/mix", set.Value, "a size is a whole number of voxels, but this is %s", q)
			return
		}
		n, ok := s.e.integer(set.Value, "an element of `size`", v, 1)
		if !ok {
			return
		}
		to[i] = int(n.Value)
	}
}

// three reads a list of three elements, in the order x, y, z.
func (s *settingsOf) three(name, example string) ([]Value, *syntax.Setting, bool) {
	set := s.byName[name]
	if set == nil {
		return nil, nil, false
	}
	v := s.e.eval(set.Value)
	if isUnknown(v) {
		return nil, set, false
	}
	l, ok := v.(*List)
	if !ok || len(l.Items) != 3 {
		s.e.fail("data/value", set.Value, "`%s` is a list of three, in the order x, y, z, but this is %s", name, describe(v)).Help =
			"write " + name + " = " + example
		return nil, set, false
	}
	return l.values(), set, true
}
