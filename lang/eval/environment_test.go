package eval_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
	"github.com/vnlang/vn/stdlib"
)

// open returns a session that reads files.
func open(t *testing.T, texts files) *eval.Session {
	t.Helper()
	texts["session"] = ""
	p, found := eval.Load("session", texts.read, stdlib.FS, nil)
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	return p.Session(eval.Options{Graph: &recorder{}})
}

// attempt runs a text and returns the values that it gave, one a line, or the codes of the errors.
func attempt(t *testing.T, s *eval.Session, text string) string {
	t.Helper()
	script, found := syntax.ParseScript(source.NewFile("session", text))
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	results, found := s.Attempt(script)
	var lines []string
	for _, d := range found {
		lines = append(lines, string(d.Code))
	}
	for _, r := range results {
		lines = append(lines, strings.TrimSpace(r.Name+" "+r.Value.String()))
	}
	return strings.Join(lines, "\n")
}

// TestAttempt runs statements one after the other in one session.
func TestAttempt(t *testing.T) {
	texts := files{"tools.vn": "block double(x) { return 2 * x }"}
	s := open(t, texts)
	for _, tt := range []struct{ text, want string }{
		{"a = 1", "a 1"},
		{"a = a + 1", "a 2"},
		{"a = 3\nb = nothing", "name/unknown"},
		{"a", "2"},
		{"b", "name/unknown"},
		{"block f(x, n: int = a) { return channels(x) * n }", "f block f(x, n: int = a)"},
		{"t = tensor([3, 4, 4])\nf(t)", "t tensor[channel 3, x 4, y 4]\n6"},
		{"a = 5\nf(t)", "a 5\n15"},
		{"a = t\nf(t)", "name/unknown"},
		{"f(t)", "15"},
		{"block f(x) { return nothing }\nf(t)", "name/unknown"},
		{"f(t)", "15"},
		{"return a", "syntax/place"},
		{"import \"tools.vn\"\ntools.double(a)", "10"},
		{"import \"none.vn\" as tools", "import/read"},
		{"tools.double(2)", "4"},
	} {
		if diff := cmp.Diff(tt.want, attempt(t, s, tt.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
	texts["tools.vn"] = "block double(x) { return x + x + 1 }"
	if got := attempt(t, s, "import \"tools.vn\"\ntools.double(2)"); got != "5" {
		t.Errorf("a file that was edited and imported again gives %s", got)
	}
	if diff := cmp.Diff([]string{"a", "f", "t", "tools"}, s.Bound()); diff != "" {
		t.Errorf("bound names (-want +got):\n%s", diff)
	}
}

// TestLoad declares what a file declares.
func TestLoad(t *testing.T) {
	s := open(t, files{
		"net.vn":   "import \"tools.vn\" as tools\nwidth = 4\nblock f(x) { return tools.double(x) * width }",
		"tools.vn": "block double(x) { return 2 * x }",
		"bad.vn":   "width = 8\nheight = width / 0",
		"worse.vn": "width = ",
	})
	names, found := s.Load("net.vn")
	if diff := cmp.Diff([]string{"width", "f"}, names); diff != "" || len(found) > 0 {
		t.Errorf("loaded (-want +got):\n%s%s", diff, render(found))
	}
	for _, name := range []string{"bad.vn", "worse.vn", "none.vn"} {
		if _, found := s.Load(name); !found.HasErrors() {
			t.Errorf("%s was loaded", name)
		}
	}
	if got := attempt(t, s, "f(1)"); got != "8" {
		t.Errorf("f(1) is %s", got)
	}
	if got := attempt(t, s, "width = 5\nblock g(x) { return f(x) }\ng(1)"); got != "width 5\ng block g(x)\n10" {
		t.Errorf("with another width: %s", got)
	}
	if _, found := s.Load("net.vn"); len(found) > 0 {
		t.Error(render(found))
	}
	if got := attempt(t, s, "width"); got != "4" {
		t.Errorf("loaded again, the width is %s", got)
	}
}

// TestSource adds a builtin that makes inputs.
func TestSource(t *testing.T) {
	s := open(t, files{})
	s.Add(eval.Source{Signature: "line(n: int = 2)", Doc: "A line.", Code: "type/argument",
		Read: func(args map[string]eval.Value, input func([]eval.Axis) *eval.Tensor) (*eval.Tensor, error) {
			n := int(args["n"].(eval.Int).Value)
			if n < 1 {
				return nil, errors.New("a line has a length")
			}
			return input([]eval.Axis{{Name: "x", Size: eval.Size{Value: n}}, {Name: "channel", Size: eval.Size{Value: 1}}}), nil
		}})
	for _, tt := range []struct{ text, want string }{
		{"a = line(3)\nline()", "a tensor[channel 1, x 3]\ntensor[channel 1, x 2]"},
		{"line(0)", "type/argument"},
		{"line(\"3\")", "type/argument"},
		{"b = [a, 1]\na = 2", "b [tensor[channel 1, x 3], 1]\na 2"},
	} {
		if diff := cmp.Diff(tt.want, attempt(t, s, tt.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
	if held := s.Tensors(); len(held) != 1 || held[0].String() != "tensor[channel 1, x 3]" {
		t.Errorf("the session holds %v", held)
	}
	if diff := cmp.Diff([]string{"a", "b"}, s.Bound()); diff != "" {
		t.Errorf("bound names (-want +got):\n%s", diff)
	}
	v, _ := s.Lookup("line")
	if b, ok := v.(*eval.Block); !ok || b.Doc() != "A line." || b.Signature() != "line(n: int = 2)" {
		t.Errorf("line is %v", v)
	}
}
