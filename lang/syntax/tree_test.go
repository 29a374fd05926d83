package syntax

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/vnlang/vn/lang/source"
)

// show writes an expression with all its brackets, operators first.
func show(x Expr) string {
	switch x := x.(type) {
	case *Ident:
		return x.Name
	case *Int:
		return fmt.Sprint(x.Value)
	case *Float:
		return fmt.Sprintf("%#v", x.Value)
	case *Bool:
		return fmt.Sprint(x.Value)
	case *String:
		return fmt.Sprintf("%q", x.Value)
	case *Quantity:
		return fmt.Sprintf("<%v %s>", x.Value, x.Unit)
	case *List:
		return "[" + showArgs(x.Items) + "]"
	case *Unary:
		return "(" + x.Op + " " + show(x.X) + ")"
	case *Binary:
		return "(" + x.Op + " " + show(x.X) + " " + show(x.Y) + ")"
	case *Call:
		kind := map[[2]bool]string{{false, false}: "call", {true, false}: "pipe", {true, true}: "bare"}[[2]bool{x.Piped, x.Bare}]
		return "(" + strings.TrimSpace(kind+" "+show(x.Fun)+" "+showArgs(x.Args)) + ")"
	case *Index:
		return "(index " + show(x.X) + " " + show(x.I) + ")"
	case *Field:
		return show(x.X) + "." + x.Name.Text
	}
	return fmt.Sprintf("%T", x)
}

func showArgs(args []*Argument) string {
	var out []string
	for _, a := range args {
		text := show(a.Value)
		if a.Name != nil {
			text = a.Name.Text + ":" + text
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestExpressions(t *testing.T) {
	tests := []struct{ text, want string }{
		{`1`, `1`},
		{`9223372036854775807`, `9223372036854775807`},
		{`1e-4`, `0.0001`},
		{`0.1`, `0.1`},
		{`1.5E+3`, `1500`},
		{`1..3`, `(.. 1 3)`},
		{`1.5..n-1`, `(.. 1.5 (- n 1))`},
		{`1.5mm`, `<1.5 mm>`},
		{`15voxel`, `<15 voxel>`},
		{`1e2mm`, `<100 mm>`},
		{`3e`, `<3 e>`},
		{`true and not false`, `(and true (not false))`},
		{`"a\"b\\c\nd\te"`, `"a\"b\\c\nd\te"`},
		{`"// no comment"`, `"// no comment"`},
		{`a + b * c ^ d`, `(+ a (* b (^ c d)))`},
		{`a - b - c`, `(- (- a b) c)`},
		{`a / b * c % d`, `(% (* (/ a b) c) d)`},
		{`a ^ b ^ c`, `(^ a (^ b c))`},
		{`-a ^ -b ^ c`, `(- (^ a (- (^ b c))))`},
		{`2 ^ --1`, `(^ 2 (- (- 1)))`},
		{`-a * -b`, `(* (- a) (- b))`},
		{`a - -b`, `(- a (- b))`},
		{`not a == b or c and d`, `(or (not (== a b)) (and c d))`},
		{`not not a`, `(not (not a))`},
		{`a + 1 < b .. c`, `(< (+ a 1) (.. b c))`},
		{`(a < b) == (c >= d)`, `(== (< a b) (>= c d))`},
		{`a != b and a <= b and a > b`, `(and (and (!= a b) (<= a b)) (> a b))`},
		{`x |> f |> m.g(a, k: 3)`, `(pipe m.g (bare f x) a k:3)`},
		{`a + b |> f()`, `(pipe f (+ a b))`},
		{`f(x |> g)`, `(call f (bare g x))`},
		{`(x |> f) + 1`, `(+ (bare f x) 1)`},
		{`f()`, `(call f)`},
		{`m.f(x)[1].y`, `(index (call m.f x) 1).y`},
		{`[out: 16, in: 1]`, `[out:16 in:1]`},
		{`[]`, `[]`},
		{`[1, [2, 3]]`, `[1 [2 3]]`},
		{`conv(x, as: "head", on: a, model: b)`, `(call conv x as:"head" on:a model:b)`},
		{"f(\n  a, // first\n  b\n)", `(call f a b)`},
		{`block_size + modeller`, `(+ block_size modeller)`},
	}
	for _, test := range tests {
		tree, errs := Parse(source.NewFile("a.vn", "a = "+test.text))
		if len(errs) > 0 || len(tree.Decls) != 1 {
			t.Errorf("%s: %v", test.text, errs)
			continue
		}
		if got := show(tree.Decls[0].(*Setting).Value); got != test.want {
			t.Errorf("%s is read as %s, want %s", test.text, got, test.want)
		}
	}
}

// walk visits every node below a value.
func walk(v reflect.Value, visit func(Node)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || v.Type() == reflect.TypeFor[*source.File]() {
			return
		}
		if n, ok := v.Interface().(Node); ok && v.Kind() == reflect.Pointer {
			visit(n)
		}
		walk(v.Elem(), visit)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	}
}

// TestSpans reads the text of every expression and statement again, by itself: it is the same expression or statement.
func TestSpans(t *testing.T) {
	for _, path := range glob(t, "testdata/format/*.txtar") {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tree, errs := Parse(source.NewFile(path, string(archive.Files[0].Data)))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		seen := 0
		walk(reflect.ValueOf(tree), func(n Node) {
			text := n.Span().Text()
			var again Node
			switch n := n.(type) {
			case *Name:
				if text != n.Text {
					t.Errorf("%v: the name %s spans %q", n.Span(), n.Text, text)
				}
				return
			case *Stage, *For, *If, *Require, *Return, *Setting, *Do:
				f, _ := Parse(source.NewFile("a.vn", "block f() {\n"+text+"\n}"))
				if len(f.Decls) == 1 && len(f.Decls[0].(*Block).Body.Stmts) == 1 {
					again = f.Decls[0].(*Block).Body.Stmts[0]
				}
			case *Ident, *Int, *Float, *Bool, *String, *Quantity, *List, *Unary, *Binary, *Call, *Index, *Field:
				f, _ := Parse(source.NewFile("a.vn", "a = "+text))
				if len(f.Decls) == 1 {
					again = f.Decls[0].(*Setting).Value
				}
			default:
				return
			}
			seen++
			if again == nil {
				t.Errorf("%v: %T spans %q, which is none", n.Span(), n, text)
			} else if diff := cmp.Diff(n, again, sameTree, cmp.FilterPath(grouping, cmp.Ignore())); diff != "" {
				t.Errorf("%v: %T spans %q, which is another:\n%s", n.Span(), n, text, diff)
			}
			if b, ok := n.(*Binary); ok && b.OpAt.Text() != b.Op {
				t.Errorf("%v: the operator %s spans %q", n.Span(), b.Op, b.OpAt.Text())
			}
		})
		if seen < 20 {
			t.Errorf("%s: only %d nodes", path, seen)
		}
	}
}

// grouping selects whether an expression stands in brackets, which its own text does not show, and the doc comment
// above a constant.
func grouping(p cmp.Path) bool {
	name := p.Last().String()
	return name == ".Grouped" || name == ".Doc"
}

// TestWidth checks that the printer's measure of an expression is the length of what it prints.
func TestWidth(t *testing.T) {
	for _, path := range glob(t, "testdata/format/*.txtar") {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := source.NewFile(path, string(archive.Files[0].Data))
		tree, _ := Parse(f)
		p := &printer{text: f.Text, widths: map[Expr]int{}}
		walk(reflect.ValueOf(tree), func(n Node) {
			switch n.(type) {
			case *Ident, *Int, *Float, *Bool, *String, *Quantity, *List, *Unary, *Binary, *Call, *Index, *Field:
				if w, text := p.width(n), p.flat(n); w != never && w != len(text) {
					t.Errorf("the width of %q is %d, not %d", text, len(text), w)
				}
			}
		})
	}
}
