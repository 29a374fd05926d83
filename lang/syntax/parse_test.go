package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

func TestDeclarations(t *testing.T) {
	tree, errs := Parse(source.NewFile("a.vn", `import "stages.vn"
import "losses.vn" as l
/// The width.
///
///   of it
width = 16
// no doc
a = 1 /// no doc either
b = 2

/// lost

model V(image: tensor[1, 128, 128, 64], n: int = 16, f: block = relu, y) { return image }
train V on P { batch = 2 }
train V { }
/// Scans.
data P { image = "*.mhd" label = "x" }
block two() { return 1, 2 }
`))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var got []string
	for _, i := range tree.Imports {
		alias := ""
		if i.Alias != nil {
			alias = i.Alias.Text
		}
		got = append(got, fmt.Sprintf("import %s as %q", i.Path.Value, alias))
	}
	for _, d := range tree.Decls {
		got = append(got, describeDecl(d))
	}
	want := []string{
		`import stages.vn as ""`,
		`import losses.vn as "l"`,
		`width = 16, doc "The width.\n\n  of it"`,
		`a = 1, doc ""`,
		`b = 2, doc ""`,
		`model true V(image tensor [1 128 128 64] <nil>; n int [] 16; f block [] relu; y <nil>) 1, doc ""`,
		`train V on P 1, doc ""`,
		`train V 0, doc ""`,
		`data P 2, doc "Scans."`,
		`model false two() 1, doc ""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func describeDecl(d Decl) string {
	switch d := d.(type) {
	case *Setting:
		return fmt.Sprintf("%s = %s, doc %q", d.Name.Text, show(d.Value), d.Doc)
	case *Data:
		return fmt.Sprintf("data %s %d, doc %q", d.Name.Text, len(d.Settings), d.Doc)
	case *Train:
		on := ""
		if d.Data != nil {
			on = " on " + d.Data.Text
		}
		return fmt.Sprintf("train %s%s %d, doc %q", d.Model.Text, on, len(d.Settings), d.Doc)
	}
	b := d.(*Block)
	var params []string
	for _, p := range b.Params {
		text := p.Name.Text
		if p.Type == nil {
			text += " <nil>"
		} else {
			var sizes []string
			for _, s := range p.Type.Sizes {
				sizes = append(sizes, show(s))
			}
			value := "<nil>"
			if p.Default != nil {
				value = show(p.Default)
			}
			text += " " + p.Type.Name + " [" + strings.Join(sizes, " ") + "] " + value
		}
		params = append(params, text)
	}
	return fmt.Sprintf("model %v %s(%s) %d, doc %q", b.Model, b.Name.Text, strings.Join(params, "; "), len(b.Body.Stmts), b.Doc)
}

// TestIfChain checks that a flat list of branches becomes a chain.
func TestIfChain(t *testing.T) {
	tree, errs := Parse(source.NewFile("a.vn", "block f(n) { if a { x = 1 } else if b { x = 2 y = 3 } else { } }"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	first := tree.Decls[0].(*Block).Body.Stmts[0].(*If)
	second := first.Else.(*If)
	last := second.Else.(*Body)
	if show(second.Cond) != "b" || len(second.Then.Stmts) != 2 || len(last.Stmts) != 0 {
		t.Errorf("read as %s", second.Span().Text())
	}
	if got, want := second.Span().Text(), "if b { x = 2 y = 3 } else { }"; got != want {
		t.Errorf("the second branch spans %q, want %q", got, want)
	}
}

// TestResume checks that a mistake hides neither the declarations around it nor their mistakes.
func TestResume(t *testing.T) {
	tree, errs := Parse(source.NewFile("a.vn", `a = (1
b = 2
block f(x) {
    h = conv(x
    return [h
block g(x) {
if x == 1 {
h = 2
}
return x
}
modle M(x) { if y = 1 { return x } }
data D { image "x" }
}
c = 3 d = 4
train f = 1
e = 5
`))
	var codes []string
	for _, e := range errs {
		line, _ := e.At.File.Position(e.At.Start)
		codes = append(codes, fmt.Sprintf("%d %s", line, e.Code))
	}
	want := []string{"1 syntax/unclosed", "4 syntax/unclosed", "12 syntax/keyword", "13 syntax/assignment", "14 syntax/bracket",
		"16 syntax/body"}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("errors:\n%s", diff)
	}
	var names []string
	for _, d := range tree.Decls {
		names = append(names, d.Declared().Text)
	}
	if diff := cmp.Diff([]string{"b", "g", "c", "d", "e"}, names); diff != "" {
		t.Errorf("declarations:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "f", "M", "D"}, tree.Broken); diff != "" {
		t.Errorf("broken:\n%s", diff)
	}
}

// TestLimits checks that a text cannot exhaust the parser.
func TestLimits(t *testing.T) {
	tests := []struct {
		name, text string
		code       diag.Code
	}{
		{"brackets", "a = " + strings.Repeat("(", 100_000), "syntax/nesting"},
		{"bodies", strings.Repeat("block f(x) { if x { ", 10_000), "syntax/nesting"},
		{"sum", "a = 1" + strings.Repeat(" + 1", 1000), "syntax/nesting"},
		{"signs", "a = " + strings.Repeat("-", 1000) + "1", "syntax/nesting"},
		{"powers", "a = 1" + strings.Repeat("^1", 1000), "syntax/nesting"},
		{"pipes", "a = 1" + strings.Repeat("|>f", 1000), "syntax/nesting"},
		{"calls", "a = f" + strings.Repeat("[1]", 1001), "syntax/nesting"},
		{"branches", "block f(x) { if x {} " + strings.Repeat("else if x {}", 1001) + "}", "syntax/nesting"},
		{"both", "a = " + strings.Repeat("(1 +"+strings.Repeat("1+", 50), 30) + "1" + strings.Repeat(")", 30), "syntax/nesting"},
	}
	for _, test := range tests {
		_, errs := Parse(source.NewFile("a.vn", test.text))
		if len(errs) != 1 || errs[0].Code != test.code {
			t.Errorf("%s: %.200s", test.name, errs.Error())
		}
	}
	fits := "a = 1" + strings.Repeat(" + 1", 900) + "\nb = " + strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100)
	if _, errs := Parse(source.NewFile("a.vn", fits)); len(errs) > 0 {
		t.Errorf("what fits does not: %v", errs)
	}
	_, errs := Parse(source.NewFile("a.vn", strings.Repeat("block f(x {}\n", 5000)))
	if len(errs) != maxErrors {
		t.Errorf("%d errors, want %d", len(errs), maxErrors)
	}
}

func TestScript(t *testing.T) {
	tests := []struct {
		text       string
		want       string // the items' types
		incomplete bool
		code       diag.Code // of the only error
	}{
		{"", "", false, ""},
		{"// comment", "", false, ""},
		{"1 + 2", "*syntax.Do", false, ""},
		{"x", "*syntax.Do", false, ""},
		{"f(x) |> g", "*syntax.Do", false, ""},
		{"a = 1\nb = a\na + b", "*syntax.Setting *syntax.Setting *syntax.Do", false, ""},
		{"a = 1 b = 2", "*syntax.Setting *syntax.Setting", false, ""},
		{"import \"a.vn\"", "*syntax.Import", false, ""},
		{"block f(x) { return x }\nf(1)", "*syntax.Block *syntax.Do", false, ""},
		{"data D { }\ntrain M on D { }", "*syntax.Data *syntax.Train", false, ""},
		{"stage s = x", "*syntax.Stage", false, ""},
		{"for i in 1..3 { a = i }", "*syntax.For", false, ""},
		{"if a { b = 1 } else { b = 2 }", "*syntax.If", false, ""},
		{"require a, \"b\"", "*syntax.Require", false, ""},
		{"block f(x) {", "", true, "syntax/unclosed"},
		{"block f(x)", "", true, "syntax/body"},
		{"f(a,", "", true, "syntax/expected"},
		{"f(a", "", true, "syntax/unclosed"},
		{"x = [1,\n 2", "", true, "syntax/unclosed"},
		{"a =", "", true, "syntax/expected"},
		{"x |>", "", true, "syntax/expected"},
		{"1 +", "", true, "syntax/expected"},
		{"a = 1\nf(", "*syntax.Setting", true, "syntax/unclosed"},
		{"block f(x) {\n  h == x\n", "", false, "syntax/assignment"},
		{"a b", "", false, "syntax/assignment"},
		{"f(a) b", "", false, "syntax/separator"},
		{"stge left = x", "", false, "syntax/keyword"},
		{"modle V(x) {", "", false, "syntax/keyword"},
		{")", "", false, "syntax/bracket"},
		{"f(a]", "", false, "syntax/bracket"},
		{"1 = 2", "*syntax.Setting", false, "syntax/assignment"},
		{"\"abc", "", false, "syntax/string"},
		{"a @ b", "", false, "syntax/character"},
		{strings.Repeat("(", 200), "", false, "syntax/nesting"},
	}
	for _, test := range tests {
		script, errs := ParseScript(source.NewFile("input", test.text))
		var items []string
		for _, i := range script.Items {
			items = append(items, fmt.Sprintf("%T", i))
		}
		if got := strings.Join(items, " "); got != test.want {
			t.Errorf("%q: items %s, want %s", test.text, got, test.want)
		}
		if script.Incomplete != test.incomplete {
			t.Errorf("%q: incomplete %v", test.text, script.Incomplete)
		}
		if test.code == "" && len(errs) > 0 || test.code != "" && (len(errs) != 1 || errs[0].Code != test.code) {
			t.Errorf("%q: %v, want %q", test.text, errs, test.code)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	f := source.NewFile("a.vn", strings.Repeat("block f(x, n: int) {\n    h = conv(x, channels: 3 * n) + 1 |> relu\n    return h\n}\n", 100))
	b.SetBytes(int64(len(f.Text)))
	for b.Loop() {
		if _, errs := Parse(f); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
