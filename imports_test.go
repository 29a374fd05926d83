// Package vn holds nothing but the test of the structure of the project; the command is in cmd/vnc.
package vn

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport says who may import whom: the whole structure of the house in one table. A package that is not in it, or
// that imports what its row does not allow, fails the test; a row that allows more than is used does too. Tests may
// import what they like.
//
// What must stay: lang knows nothing of the compiler, the compiler nothing of code generation or of running, code
// generation nothing of running; a backend knows plans and no language; train and volume know no language either.
var mayImport = map[string]string{
	"internal/atomicfile": "",
	"internal/lockfile":   "",
	"internal/memory":     "",
	"internal/rng":        "",
	"internal/units":      "",
	"internal/subprocess": "internal/units",

	"lang/source": "",
	"lang/spell":  "",
	"lang/diag":   "lang/source",
	"lang/syntax": "lang/diag lang/source lang/spell",
	"lang/eval":   "lang/diag lang/source lang/spell lang/syntax",
	"stdlib":      "",

	"compiler/ir":     "lang/source",
	"compiler/op":     "compiler/ir internal/rng",
	"compiler/grad":   "compiler/ir compiler/op",
	"compiler/pass":   "compiler/ir compiler/op",
	"compiler/plan":   "compiler/ir compiler/op lang/source",
	"compiler/report": "compiler/ir compiler/op lang/eval",
	"compiler":        "compiler/grad compiler/ir compiler/op compiler/pass compiler/plan lang/diag lang/eval",

	"codegen/cuda":             "compiler/ir compiler/op compiler/plan lang/source",
	"codegen/cuda/prelude/gen": "",

	"runtime":                "compiler/plan",
	"runtime/reference":      "compiler/ir compiler/plan runtime",
	"runtime/devicetest":     "compiler/grad compiler/ir compiler/op compiler/pass compiler/plan runtime runtime/reference",
	"runtime/cpu/blocked":    "runtime/cpu/kernel",
	"runtime/cpu/cooktoom":   "",
	"runtime/cpu/kernel":     "runtime/cpu/cooktoom",
	"runtime/cpu/kernel/gen": "runtime/cpu/cooktoom",
	"runtime/cpu/winograd":   "runtime/cpu/kernel",
	"runtime/cpu":            "compiler/ir compiler/op compiler/plan internal/memory runtime runtime/cpu/blocked runtime/cpu/kernel runtime/cpu/winograd",

	"codegen/cuda/build": "codegen/cuda internal/atomicfile internal/subprocess internal/units",
	"runtime/cuda":       "codegen/cuda codegen/cuda/build compiler/plan internal/units lang/source runtime",

	"volume":         "internal/atomicfile",
	"volume/phantom": "internal/rng volume",
	"volume/picture": "internal/atomicfile volume",

	"artifact": "internal/atomicfile",
	"train":    "artifact compiler/ir compiler/plan internal/atomicfile internal/lockfile internal/rng runtime volume",

	"workbench": "artifact codegen/cuda codegen/cuda/build compiler compiler/ir compiler/op compiler/plan compiler/report internal/atomicfile " +
		"internal/memory internal/units lang/diag lang/eval lang/source lang/spell lang/syntax runtime stdlib train volume",
	"repl": "compiler compiler/ir compiler/op compiler/pass compiler/plan compiler/report internal/units " +
		"lang/diag lang/eval lang/source lang/spell lang/syntax runtime runtime/cpu stdlib volume",
	"bench":            "compiler/ir compiler/op compiler/plan internal/memory internal/rng runtime runtime/cpu runtime/cpu/kernel train workbench",
	"bench/gpu/inputs": "artifact compiler/plan internal/rng runtime runtime/cpu workbench",
	"bench/gpu/report": "artifact",
	"bench/gpu/table":  "codegen/cuda codegen/cuda/build compiler/ir compiler/plan workbench",
	"bench/peers":      "artifact compiler/plan internal/rng runtime runtime/cpu workbench",
	"demo":             "internal/atomicfile runtime train volume volume/phantom volume/picture workbench",
	"cmd/vnc": "artifact bench codegen/cuda codegen/cuda/build compiler compiler/plan compiler/report demo internal/atomicfile internal/subprocess internal/units lang/diag lang/spell repl runtime runtime/cpu " +
		"runtime/cpu/kernel runtime/cuda train volume/phantom workbench",
	"cmd/vnc-nvrtc": "",
}

// onlyIn says where a module from outside may be imported; others are free. Go's own packages do not count, but cgo does.
var onlyIn = map[string]string{
	"C":                                "runtime/cuda",
	"gorgonia.org/cu":                  "runtime/cuda",
	"github.com/ebitengine/purego":     "cmd/vnc-nvrtc",
	"github.com/google/go-cmp":         "runtime/devicetest", // and tests
	"github.com/alecthomas/participle": "lang/syntax",
	"github.com/alecthomas/kong":       "cmd/vnc",
	"github.com/mmcloughlin/avo":       "runtime/cpu/kernel/gen",
	"github.com/rogpeppe/go-internal":  "",
	"golang.org/x/term":                "cmd/vnc repl",
	"golang.org/x/sys":                 "internal/atomicfile internal/lockfile runtime/cpu/kernel",
	"github.com/fsnotify/fsnotify":     "repl/watch",
}

const module = "github.com/vnlang/vn/"

func TestImports(t *testing.T) {
	used := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			checkFile(t, path, used)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg, allowed := range mayImport {
		if used[pkg] == nil {
			t.Errorf("the table has a row for %s, which is no package", pkg)
			continue
		}
		for _, other := range strings.Fields(allowed) {
			if !used[pkg][other] {
				t.Errorf("the table lets %s import %s, which it does not", pkg, other)
			}
		}
	}
}

// checkFile checks the imports of one file against the tables.
func checkFile(t *testing.T, path string, used map[string]map[string]bool) {
	t.Helper()
	pkg := filepath.ToSlash(filepath.Dir(path))
	if used[pkg] == nil {
		used[pkg] = map[string]bool{}
	}
	allowed, known := mayImport[pkg]
	if !known {
		t.Errorf("%s: package %s is not in the table", path, pkg)
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range f.Imports {
		name := strings.Trim(i.Path.Value, `"`)
		if other, ours := strings.CutPrefix(name, module); ours {
			used[pkg][other] = true
			if !slices.Contains(strings.Fields(allowed), other) {
				t.Errorf("%s imports %s, which the table does not allow", path, other)
			}
			continue
		}
		for outside, where := range onlyIn {
			if name == outside || strings.HasPrefix(name, outside+"/") {
				if !slices.Contains(strings.Fields(where), pkg) {
					t.Errorf("%s imports %s, which belongs in %q alone", path, name, where)
				}
			}
		}
	}
}

// The default build needs neither cgo nor CUDA.
func TestNoCgoByDefault(t *testing.T) {
	context := build.Default
	context.CgoEnabled = false
	for pkg := range mayImport {
		p, err := context.ImportDir(filepath.FromSlash(pkg), 0)
		if err != nil {
			t.Errorf("%s: %v", pkg, err)
			continue
		}
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s has cgo files in the default build: %v", pkg, p.CgoFiles)
		}
	}
}
