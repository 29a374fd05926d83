package spec

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
	"github.com/vnlang/vn/stdlib"
)

// TestStdlibPage keeps stdlib.md in step with the standard library.
func TestStdlibPage(t *testing.T) {
	const page = "stdlib.md"
	got := stdlibPage(t)
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is out of date; run go test ./spec -update (-want +got):\n%s", page, diff)
	}
}

// stdlibPage returns the reference of the standard library: the declarations of each file, with their documentation.
func stdlibPage(t *testing.T) string {
	t.Helper()
	names, err := fs.Glob(stdlib.FS, "*.vn")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# The standard library\n\nThe blocks that every program sees, written in the language itself. " +
		"This page is generated from `stdlib/*.vn`: the text of\na block is there. A parameter without a type is a tensor; " +
		"a setting with `=` has that value where it is not given.\n")
	for _, name := range names {
		text, err := fs.ReadFile(stdlib.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		tree, found := syntax.Parse(source.NewFile("stdlib/"+name, string(text)))
		if len(found) > 0 {
			t.Fatal(rendered(found))
		}
		b.WriteString("\n## " + name + "\n\n" + opening(string(text)))
		for _, d := range tree.Decls {
			block, ok := d.(*syntax.Block)
			if !ok || block.Doc == "" {
				t.Errorf("%s: %s is no block with documentation", name, d.Declared().Text)
				continue
			}
			b.WriteString("\n### " + block.Name.Text + "\n\n```\n" + signature(block) + "\n```\n\n" + block.Doc + "\n")
		}
	}
	return b.String()
}

// opening returns the comment at the beginning of a file.
func opening(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		rest, ok := strings.CutPrefix(line, "// ")
		if !ok {
			break
		}
		b.WriteString(rest + "\n")
	}
	return b.String()
}

// signature returns a block's name with its parameters, on as many lines as they need.
func signature(b *syntax.Block) string {
	params := make([]string, len(b.Params))
	for i, p := range b.Params {
		params[i] = p.Span().Text()
	}
	line := b.Name.Text + "(" + strings.Join(params, ", ") + ")"
	if len(line) <= 100 {
		return line
	}
	return b.Name.Text + "(\n    " + strings.Join(params, ",\n    ") + "\n)"
}
