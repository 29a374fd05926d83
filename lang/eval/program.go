package eval

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// maxFiles is how many files one program may import.
const maxFiles = 200

// Program is a file with all that it imports, and the standard library. It is immutable once loaded.
type Program struct {
	main    *unit
	library *unit
	files   map[string]*unit // by cleaned path
	sources []*source.File
	kinds   []StepKind
	read    Reader
}

// unit is a file as a set of names; the files of the standard library are one unit.
type unit struct {
	source  *source.File
	tree    *syntax.File
	library bool
	decls   map[string]syntax.Decl
	imports map[string]*unit
	broken  []string
}

// Reader returns the text of a file. The path is that of the main file, or an import's relative to its importer.
type Reader func(path string) (string, error)

// Load reads a program: the file at a path, the files that it imports, and the standard library, whose blocks are
// visible in every file. The steps are what `prepare` and `augment` of a data declaration may name.
//
// The program is never nil; what could be read of it can be used. The list holds the errors of every file.
func Load(path string, read Reader, library fs.FS, steps []StepKind) (*Program, diag.List) {
	lib, found := loadLibrary(library)
	p := &Program{library: lib, files: map[string]*unit{}, kinds: steps, read: read}
	main, errs := p.load(path, source.Span{}, nil)
	p.main = main
	if p.main == nil {
		p.main = &unit{decls: map[string]syntax.Decl{}, source: source.NewFile(path, ""), tree: &syntax.File{}}
	}
	return p, append(found, errs...)
}

// Sources returns the user's files, the main one first.
func (p *Program) Sources() []*source.File { return slices.Clone(p.sources) }

// Models returns the names of the models that the main file declares, in order.
func (p *Program) Models() []string {
	var out []string
	for _, d := range p.main.tree.Decls {
		if b, ok := d.(*syntax.Block); ok && b.Model && p.main.decls[b.Name.Text] == d {
			out = append(out, b.Name.Text)
		}
	}
	return out
}

// load reads one file and its imports. The trail are the files that led here.
func (p *Program) load(name string, at source.Span, trail []string) (*unit, diag.List) {
	key := filepath.Clean(name)
	if i := slices.Index(trail, key); i >= 0 {
		return nil, diag.List{{Code: "import/cycle", At: at, Summary: "files import each other in a circle",
			Notes: []diag.Note{{Text: strings.Join(append(trail[i:len(trail):len(trail)], key), " imports ")}},
			Help:  "move what both need into a third file"}}
	}
	if u := p.files[key]; u != nil {
		return u, nil
	}
	if len(p.files) >= maxFiles {
		return nil, diag.List{{Code: "limit/files", At: at, Summary: fmt.Sprintf("the program has more than %d files", maxFiles)}}
	}
	text, err := p.read(name)
	if err != nil {
		return nil, diag.List{unreadable(name, at, err)}
	}
	f := source.NewFile(name, text)
	tree, found := syntax.Parse(f)
	u := &unit{source: f, tree: tree, decls: map[string]syntax.Decl{}, imports: map[string]*unit{}, broken: tree.Broken}
	p.files[key] = u
	p.sources = append(p.sources, f)
	found = append(found, u.declare(tree.Decls)...)
	for _, i := range tree.Imports {
		found = append(found, p.importInto(u, i, append(trail[:len(trail):len(trail)], key))...)
	}
	return u, found
}

// unreadable says why a file could not be read.
func unreadable(name string, at source.Span, err error) *diag.Diagnostic {
	d := &diag.Diagnostic{Code: "import/read", At: at, Summary: fmt.Sprintf("%s cannot be read: %v", name, err)}
	var perr *fs.PathError
	if errors.As(err, &perr) {
		d.Summary = fmt.Sprintf("%s cannot be read: %v", name, perr.Err)
	}
	if at.Known() {
		d.Help = "an import's path is relative to the file that it stands in"
	}
	return d
}

// importInto makes a file known in another under a name.
func (p *Program) importInto(u *unit, i *syntax.Import, trail []string) diag.List {
	name, at := importName(i), i.Path.Span()
	if i.Alias != nil {
		at = i.Alias.Span()
	}
	switch {
	case i.Path.Value == "" || filepath.IsAbs(i.Path.Value):
		return diag.List{{Code: "import/path", At: i.Path.Span(), Summary: "an import's path is relative to the file that it stands in",
			Help: `write import "stages.vn" for a file in the same folder`}}
	case !identifier.MatchString(name) || slices.Contains(syntax.Keywords, name):
		return diag.List{{Code: "import/name", At: at, Summary: fmt.Sprintf("%q is no name for the file's blocks", name),
			Help: fmt.Sprintf("give it one: import %q as stages", i.Path.Value)}}
	case u.imports[name] != nil || u.decls[name] != nil:
		return diag.List{{Code: "name/duplicate", At: at, Summary: fmt.Sprintf("`%s` is declared twice in this file", name),
			Help: fmt.Sprintf("import the file under another name: import %q as other", i.Path.Value)}}
	}
	other, found := p.load(filepath.Join(filepath.Dir(u.source.Name), filepath.FromSlash(i.Path.Value)), i.Path.Span(), trail)
	if other == nil {
		u.broken = append(u.broken, name)
		return found
	}
	u.imports[name] = other
	return found
}

// importName is the name under which a file is imported: its own without .vn, where no other is given.
func importName(i *syntax.Import) string {
	if i.Alias != nil {
		return i.Alias.Text
	}
	return strings.TrimSuffix(path.Base(i.Path.Value), ".vn")
}

// declare enters declarations into a unit's names. A train declaration has none of its own, but a model has only one.
func (u *unit) declare(decls []syntax.Decl) diag.List {
	var found diag.List
	trained := map[string]*syntax.Name{}
	for _, d := range decls {
		name := d.Declared()
		if _, ok := d.(*syntax.Train); ok {
			if first := trained[name.Text]; first != nil {
				found = append(found, trainedTwice(name, first.Span()))
				continue
			}
			trained[name.Text] = name
			continue
		}
		if first := u.decls[name.Text]; first != nil {
			found = append(found, duplicate(name, first.Declared().Span()))
			continue
		}
		u.decls[name.Text] = d
	}
	return found
}

// duplicate reports a name that is declared a second time.
func duplicate(second *syntax.Name, first source.Span) *diag.Diagnostic {
	return &diag.Diagnostic{Code: "name/duplicate", At: second.Span(), Summary: fmt.Sprintf("`%s` is declared twice", second.Text),
		Notes: []diag.Note{{Text: "it was declared here", At: first}}, Help: "give one of them another name"}
}

// trainedTwice reports a second train declaration of a model.
func trainedTwice(second *syntax.Name, first source.Span) *diag.Diagnostic {
	return &diag.Diagnostic{Code: "name/duplicate", At: second.Span(),
		Summary: fmt.Sprintf("the file says twice how `%s` is trained", second.Text),
		Notes:   []diag.Note{{Text: "the first train declaration is here", At: first}},
		Help:    "a model has one recipe: keep one of them"}
}

// constant computes a file's constant, once in an elaboration.
func (e *elaborator) constant(u *unit, s *syntax.Setting) Value {
	if v, ok := e.constants[s]; ok {
		return v
	}
	if i := slices.Index(e.evaluating, s); i >= 0 {
		e.circle(e.evaluating[i:])
		return Unknown{}
	}
	e.evaluating = append(e.evaluating, s)
	saved, where := e.frame, e.place
	e.frame = &frame{unit: u, names: map[string]*binding{}, scope: newScope(s.Name.Text)}
	e.place = inConstant
	v := e.eval(s.Value)
	if !e.something(v, s.Value) {
		v = Unknown{}
	}
	e.frame, e.place = saved, where
	e.evaluating = e.evaluating[:len(e.evaluating)-1]
	e.constants[s] = v
	return v
}

// circle reports constants of which each needs the next, and the last the first.
func (e *elaborator) circle(constants []*syntax.Setting) {
	first := constants[0]
	d := e.fail("name/circle", first.Name, "`%s` is defined by itself", first.Name.Text)
	d.Help = "give it a value of its own"
	if len(constants) == 1 {
		return
	}
	d.Help = "give one of them a value of its own"
	for i, s := range constants[1:] {
		d.Notes = append(d.Notes, diag.Note{Text: fmt.Sprintf("`%s` needs `%s`", constants[i].Name.Text, s.Name.Text), At: s.Name.Span()})
	}
	last := constants[len(constants)-1]
	d.Notes = append(d.Notes, diag.Note{Text: fmt.Sprintf("`%s` needs `%s`", last.Name.Text, first.Name.Text)})
}
