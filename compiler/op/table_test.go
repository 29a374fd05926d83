package op_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// TestTable checks what holds of every op: a kind of its own, found by Lookup and New; a file of its own with a doc
// comment; attributes that the text form can write; and a shape rule that refuses arguments without a panic.
func TestTable(t *testing.T) {
	docs := typeDocs(t)
	seen := map[string]bool{}
	for _, o := range op.Table {
		kind := o.Kind()
		if seen[kind] {
			t.Errorf("%s stands twice", kind)
		}
		seen[kind] = true
		if found, ok := op.Lookup(kind); !ok || !reflect.DeepEqual(found, o) {
			t.Errorf("%s: Lookup gives %#v", kind, found)
		}
		typ := reflect.TypeOf(o)
		if typ.Kind() != reflect.Struct {
			t.Errorf("%s: the op is a %s, not a plain struct", kind, typ.Kind())
		}
		if text := docs[typ.Name()]; !strings.HasPrefix(text, typ.Name()+" ") {
			t.Errorf("%s: the doc comment of %s is %q", kind, typ.Name(), text)
		}
		if _, err := os.Stat(kind + ".go"); err != nil {
			t.Errorf("%s: it has no file of its own: %v", kind, err)
		}
		odd := ir.NewType(axes("odd", 3)...)
		if _, err := o.Infer([]ir.Type{odd, odd, odd, odd}); err == nil && kind != "concat" {
			t.Errorf("%s: the shape rule accepts four arguments", kind)
		}
		for i := range typ.NumField() {
			if strings.ToLower(typ.Field(i).Name) == "stage" {
				t.Errorf("%s: an attribute called stage cannot be told from the stage of a value", kind)
			}
		}
	}
	if _, ok := op.Lookup("convolution"); ok {
		t.Error("Lookup finds what is not there")
	}
}

// typeDocs returns the doc comments of the package's types.
func typeDocs(t *testing.T) map[string]string {
	files := token.NewFileSet()
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name.Name(), ".go") && !strings.HasSuffix(name.Name(), "_test.go") {
			file, err := parser.ParseFile(files, name.Name(), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, file)
		}
	}
	p, err := doc.NewFromFiles(files, parsed, "op")
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for _, typ := range p.Types {
		docs[typ.Name] = typ.Doc
	}
	return docs
}

func TestNew(t *testing.T) {
	got, err := op.New("convolve", map[string]any{
		"stride": []int{2, 2}, "padlow": []int{0, 0}, "padhigh": []int{1, 1}, "dilation": []int{1, 1}, "groups": 2,
	})
	want := op.Convolve{Stride: []int{2, 2}, PadLow: []int{0, 0}, PadHigh: []int{1, 1}, Dilation: []int{1, 1}, Groups: 2}
	if diff := cmp.Diff(ir.Op(want), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = op.New("state", map[string]any{"name": "m", "init": 2, "axes": axes("x", 3)})
	if diff := cmp.Diff(ir.Op(op.State{Name: "m", Init: 2, Axes: axes("x", 3)}), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = op.New("cast", map[string]any{"to": "f16"})
	if diff := cmp.Diff(ir.Op(op.Cast{To: ir.F16}), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, c := range []struct {
		kind  string
		attrs map[string]any
		want  string
	}{
		{"convolution", nil, `there is no primitive "convolution"`},
		{"add", map[string]any{"axis": "x"}, `add has no attribute "axis"; it has none`},
		{"slice", map[string]any{"Axis": "x"}, `slice has no attribute "Axis"; it has axis, start, stop`},
		{"slice", map[string]any{"start": 1.5}, "slice: the attribute start is of type int, not float64"},
		{"sum", map[string]any{"axes": []int{1}}, "sum: the attribute axes is of type []string, not []int"},
		{"sum", map[string]any{"axes": nil}, "sum: the attribute axes is of type []string, not <nil>"},
	} {
		if _, err := op.New(c.kind, c.attrs); err == nil || err.Error() != c.want {
			t.Errorf("New(%s, %v): %v, want %s", c.kind, c.attrs, err, c.want)
		}
	}
}
