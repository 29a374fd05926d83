package eval_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
	"github.com/vnlang/vn/stdlib"
)

// FuzzCheck feeds programs to the whole front end: nothing panics, everything ends, and every diagnostic has a code of
// the table.
func FuzzCheck(f *testing.F) {
	for _, entry := range diag.Codes {
		if entry.Code.Group() != "limit" { // programs that run long are tested elsewhere
			f.Add(entry.Example)
		}
	}
	for _, pattern := range []string{"../../models/*.vn", "testdata/*.vn"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			for _, chunk := range strings.Split(string(text), "\n---\n") {
				f.Add(chunk)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 || strings.Contains(text, "..") {
			return
		}
		p, found := eval.Load("example.vn", files{"example.vn": text}.read, stdlib.FS, steps)
		found = append(found, p.Check(eval.Options{})...)
		script, _ := syntax.ParseScript(source.NewFile("script", text))
		_, more := p.Session(eval.Options{Graph: &recorder{}}).Run(script)
		for _, d := range append(found, more...) {
			if _, ok := diag.Lookup(d.Code); !ok {
				t.Errorf("%s is no code of the table: %s", d.Code, d.Summary)
			}
		}
		render(found)
	})
}
