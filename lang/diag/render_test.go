package diag

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/source"
)

// span returns the place of a text between « and » in a file without these marks.
func span(name, marked string) source.Span {
	before, rest, _ := strings.Cut(marked, "«")
	inside, after, _ := strings.Cut(rest, "»")
	return source.Span{File: source.NewFile(name, before+inside+after), Start: len(before), End: len(before) + len(inside)}
}

func render(t *testing.T, l List, opts Options) string {
	t.Helper()
	var b strings.Builder
	if err := Render(&b, l, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRenderWhole renders the message that the design shows.
func TestRenderWhole(t *testing.T) {
	at := span("models/vnet.vn", strings.Repeat("\n", 11)+
		"    stage right3 = right4 |> up(channels: 64) |> forward(«left3») |> residual(convs: 2)\n")
	image := source.Span{File: source.NewFile("models/vnet.vn", "\nmodel VNet(image: tensor[1, 128, 128, 100]) {"), Start: 12, End: 17}
	d := &Diagnostic{Code: "shape/concat", Summary: "the forwarded features do not line up on z", At: at, Label: "z = 25",
		Notes: []Note{
			{Text: "up(...) here is z = 24: it doubles right4's 12"},
			{Text: "left3's z = 25 comes from image: tensor[1, 128, 128, 100], halved twice", At: image},
		},
		Help: "make z a multiple of 16: 96 or 112"}
	want := `error[shape/concat]: the forwarded features do not line up on z
  --> models/vnet.vn:12:58
12 |     stage right3 = right4 |> up(channels: 64) |> forward(left3) |> residual(convs: 2)
   |                                                          ^^^^^ z = 25
   = up(...) here is z = 24: it doubles right4's 12
   = left3's z = 25 comes from image: tensor[1, 128, 128, 100], halved twice (models/vnet.vn:2:12)
  help: make z a multiple of 16: 96 or 112
`
	if diff := cmp.Diff(want, render(t, List{d}, Options{})); diff != "" {
		t.Error(diff)
	}
}

// TestExcerpt compares the quoted line and the carets, on a terminal of 40 columns.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("a", 30) + "«bbb»" + strings.Repeat("c", 30)
	tests := []struct{ name, marked, want string }{
		{"plain", "x = «yy» + 1", "1 | x = yy + 1\n  |     ^^"},
		{"tabs", "\tx\t= «yy»\tz", "1 |     x   = yy    z\n  |           ^^"},
		{"a tab itself", "x«\t»y", "1 | x   y\n  |  ^^^"},
		{"wide", "\"前列腺\" + «x»", "1 | \"前列腺\" + x\n  |            ^"},
		{"wide span", "«前列»腺", "1 | 前列腺\n  | ^^^^"},
		{"combining", "e\u0301 «x»", "1 | e\u0301 x\n  |   ^"},
		{"missing", "f(x«»\n}", "1 | f(x\n  |    ^"},
		{"the end", "f(x)\n«»", "2 |\n  | ^"},
		{"windows", "x = «y»\r\nz", "1 | x = y\n  |     ^"},
		{"two lines", "x = «f(\n  y)»", "1 | x = f(\n  |     ^^"},
		{"escape", "x = «\"\x1b[31m\"»", "1 | x = \"·[31m\"\n  |     ^^^^^^^"},
		{"long", long, "1 | …" + strings.Repeat("a", 15) + "bbb" + strings.Repeat("c", 16) + "…\n  | " + strings.Repeat(" ", 16) + "^^^"},
		{"long, at the beginning", "«aaa»" + strings.Repeat("c", 60), "1 | aaa" + strings.Repeat("c", 31) + "…\n  | ^^^"},
		{"long, at the end", strings.Repeat("c", 60) + "«aaa»", "1 | …" + strings.Repeat("c", 31) + "aaa\n  | " + strings.Repeat(" ", 32) + "^^^"},
		{"longer than the line", "«" + strings.Repeat("a", 60) + "»", "1 | " + strings.Repeat("a", 34) + "…\n  | " + strings.Repeat("^", 34)},
		{"a line of a megabyte", strings.Repeat("é", 500_000) + "«x»" + strings.Repeat("é", 500_000),
			"1 | …" + strings.Repeat("é", 16) + "x" + strings.Repeat("é", 17) + "…\n  | " + strings.Repeat(" ", 17) + "^"},
	}
	for _, test := range tests {
		d := &Diagnostic{Code: "a/b", Summary: "s", At: span("f", test.marked)}
		_, quoted, _ := strings.Cut(render(t, List{d}, Options{Width: 40}), "\n")
		_, quoted, _ = strings.Cut(quoted, "\n")
		if diff := cmp.Diff(test.want+"\n", quoted); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

func TestRenderParts(t *testing.T) {
	tests := []struct {
		name string
		list List
		opts Options
		want string
	}{
		{"nothing", nil, Options{}, ""},
		{"no place", List{{Code: "data/none", Summary: "no volume is found", Help: "give --data"}}, Options{},
			"error[data/none]: no volume is found\nhelp: give --data\n"},
		{"warning", List{{Code: "name/unused", Warning: true, Summary: "nobody uses h", At: span("f", "«h» = 1")}}, Options{},
			"warning[name/unused]: nobody uses h\n --> f:1:1\n1 | h = 1\n  | ^\n"},
		{"texts of two lines", List{{Code: "a/b", Summary: "s", At: span("f", "«h»"), Notes: []Note{{Text: "one\ntwo"}}, Help: "three\nfour"}},
			Options{}, "error[a/b]: s\n --> f:1:1\n1 | h\n  | ^\n  = one\n    two\n help: three\n       four\n"},
		{"no escapes", List{{Code: "a/b", Summary: "a\x1b[2Jb", Label: "\x07", At: span("f\x1b", "«h»")}}, Options{},
			"error[a/b]: a·[2Jb\n --> f·:1:1\n1 | h\n  | ^ ·\n"},
		{"color", List{{Code: "a/b", Summary: "s", Label: "l", At: span("f", "h = «x»"), Notes: []Note{{Text: "n"}}, Help: "p"}}, Options{Color: true},
			"\x1b[1;31merror[a/b]\x1b[0m\x1b[1m: s\x1b[0m\n \x1b[34m-->\x1b[0m f:1:5\n\x1b[34m1 |\x1b[0m h = x\n\x1b[34m  |\x1b[0m     " +
				"\x1b[1;31m^ l\x1b[0m\n  \x1b[34m=\x1b[0m n\n \x1b[32mhelp\x1b[0m: p\n"},
		{"limit", List{{Code: "a/b", Summary: "1"}, {Code: "a/b", Summary: "2"}, {Code: "a/b", Summary: "3"}}, Options{Limit: 1},
			"error[a/b]: 1\n\nand 2 more\n"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, render(t, test.list, test.opts)); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
	var many List
	for i := range 100 {
		many = append(many, &Diagnostic{Code: "a/b", Summary: fmt.Sprint(i)})
	}
	if got := render(t, many, Options{}); strings.Count(got, "error[") != 20 || !strings.HasSuffix(got, "\nand 80 more\n") {
		t.Errorf("100 errors are shown as\n%s", got)
	}
	failure := errors.New("the disk is full")
	if err := Render(full{failure}, many, Options{}); !errors.Is(err, failure) {
		t.Errorf("Render hides that %v: %v", failure, err)
	}
	if err := WriteJSON(full{failure}, many); !errors.Is(err, failure) {
		t.Errorf("WriteJSON hides that %v: %v", failure, err)
	}
}

// full is a writer that fails.
type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

func TestWriteJSON(t *testing.T) {
	at := span("a.vn", "x\ny = «f(\n)» < 1\n")
	list := List{
		{Code: "a/b", Summary: "s", At: at, Label: "l", Notes: []Note{{Text: "no place"}, {Text: "here", At: at}}, Help: "h < i"},
		{Code: "c/d", Warning: true, Summary: "nowhere"},
	}
	want := `[
  {
    "code": "a/b",
    "severity": "error",
    "summary": "s",
    "at": {
      "file": "a.vn",
      "line": 2,
      "column": 5,
      "endLine": 3,
      "endColumn": 2
    },
    "label": "l",
    "notes": [
      {
        "text": "no place"
      },
      {
        "text": "here",
        "at": {
          "file": "a.vn",
          "line": 2,
          "column": 5,
          "endLine": 3,
          "endColumn": 2
        }
      }
    ],
    "help": "h < i"
  },
  {
    "code": "c/d",
    "severity": "warning",
    "summary": "nowhere"
  }
]
`
	var b strings.Builder
	if err := WriteJSON(&b, list); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if err := WriteJSON(&b, nil); err != nil || b.String() != "[]\n" {
		t.Errorf("an empty list is %q, %v", b.String(), err)
	}
}

func TestList(t *testing.T) {
	wrong := &Diagnostic{Code: "a/b", Summary: "wrong", At: span("a.vn", "x = «y»")}
	odd := &Diagnostic{Code: "c/d", Summary: "odd", Warning: true}
	if got, want := (List{wrong, odd}).Error(), "a.vn:1:5: error[a/b]: wrong\n-: warning[c/d]: odd"; got != want {
		t.Errorf("Error is %q, want %q", got, want)
	}
	if err := (List{odd}).Err(); err != nil {
		t.Errorf("a warning alone is an error: %v", err)
	}
	if err := (List{odd, wrong}).Err(); err == nil {
		t.Error("an error is none")
	}
}
