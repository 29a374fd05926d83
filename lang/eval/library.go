package eval

import (
	"io/fs"
	"reflect"
	"sync"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// libraries holds the standard libraries that were read without an error. A unit is not changed once it is read, so
// that the programs of one process, such as the states of a file that is edited, share it.
var libraries sync.Map // fs.FS to *unit

// loadLibrary reads the files of a standard library as one unit, whose blocks every program sees.
func loadLibrary(library fs.FS) (*unit, diag.List) {
	shared := library != nil && reflect.TypeOf(library).Comparable()
	if shared {
		if u, ok := libraries.Load(library); ok {
			return u.(*unit), nil
		}
	}
	u, found := readLibrary(library)
	if shared && len(found) == 0 {
		libraries.Store(library, u)
	}
	return u, found
}

// readLibrary reads the files *.vn at the root of a file system.
func readLibrary(library fs.FS) (*unit, diag.List) {
	u := &unit{library: true, decls: map[string]syntax.Decl{}, source: source.NewFile("stdlib", "")}
	if library == nil {
		return u, nil
	}
	names, err := fs.Glob(library, "*.vn")
	if err != nil {
		return u, diag.List{unreadable("stdlib", source.Span{}, err)}
	}
	var found diag.List
	for _, name := range names {
		text, err := fs.ReadFile(library, name)
		if err != nil {
			found = append(found, unreadable("stdlib/"+name, source.Span{}, err))
			continue
		}
		tree, errs := syntax.Parse(source.NewFile("stdlib/"+name, string(text)))
		found = append(append(found, errs...), u.declare(tree.Decls)...)
	}
	return u, found
}
