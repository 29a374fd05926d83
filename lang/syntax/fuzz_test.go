package syntax

import (
	"io"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// sameTree compares trees without the places that they were read from.
var sameTree = cmp.Options{
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.Comparer(func(a, b source.Span) bool { return true }),
	cmp.Comparer(func(a, b *source.File) bool { return true }),
}

// checkFormat formats a program: the result is the same program, in the layout that formatting leaves alone.
func checkFormat(t *testing.T, text string) string {
	t.Helper()
	f := source.NewFile("a.vn", text)
	tree, errs := Parse(f)
	printed, again := Format(f)
	if diff := cmp.Diff(errs.Error(), again.Error()); diff != "" {
		t.Fatalf("Parse and Format report different errors:\n%s", diff)
	}
	if errs.HasErrors() {
		if printed != text {
			t.Fatalf("a text with errors was changed to:\n%s", printed)
		}
		return printed
	}
	second := source.NewFile("a.vn", printed)
	back, errs := Parse(second)
	if len(errs) > 0 {
		t.Fatalf("the result is no program: %v\n%s", errs, printed)
	}
	if diff := cmp.Diff(tree, back, sameTree); diff != "" {
		t.Fatalf("the result is another program:\n%s\n%s", diff, printed)
	}
	if twice, _ := Format(second); twice != printed {
		t.Fatalf("formatting twice changes the layout:\n%s", cmp.Diff(printed, twice))
	}
	return printed
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/format/*.txtar", "testdata/render/*.txtar"} {
		for _, path := range glob(f, name) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				f.Fatal(err)
			}
			for _, file := range archive.Files {
				f.Add(string(file.Data))
			}
		}
	}
	for _, e := range diag.Codes {
		f.Add(e.Example)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkFormat(t, text)
		file := source.NewFile("a.vn", text)
		tree, errs := Parse(file)
		if len(errs) == 0 && len(tree.Broken) > 0 {
			t.Errorf("%q are broken without an error", tree.Broken)
		}
		for _, d := range errs {
			if d.At.File != file || d.At.Start < 0 || d.At.End < d.At.Start || d.At.End > len(text) {
				t.Errorf("%v is outside of the text", d)
			}
			if _, ok := diag.Lookup(d.Code); !ok {
				t.Errorf("%s is no code", d.Code)
			}
		}
		if err := diag.Render(io.Discard, errs, diag.Options{}); err != nil {
			t.Error(err)
		}
		script, errs := ParseScript(file)
		if script.Incomplete && len(errs) == 0 {
			t.Error("the script is incomplete without an error")
		}
	})
}
