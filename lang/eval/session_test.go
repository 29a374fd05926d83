package eval_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// typed is a session that is fed lines.
type typed struct {
	*eval.Session
	graph *recorder
}

func session(t *testing.T) *typed {
	t.Helper()
	p, found := load(t, "")
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	r := &recorder{}
	return &typed{p.Session(eval.Options{Graph: r}), r}
}

func (s *typed) run(line string) ([]eval.Result, diag.List) {
	script, found := syntax.ParseScript(source.NewFile("input", line))
	if found.HasErrors() {
		return nil, found
	}
	return s.Run(script)
}

// TestSession types lines one after the other: names stay bound, blocks are declared and declared again, an error
// leaves the session as it was.
func TestSession(t *testing.T) {
	s := session(t)
	for _, c := range []struct{ line, want string }{
		{"image = tensor([1, 64, 64, 32])", "tensor[channel 1, x 64, y 64, z 32]"},
		{"h = image |> residual(convs: 1, channels: 4)", "tensor[channel 4, x 64, y 64, z 32]"},
		{"h |> down", "tensor[channel 8, x 32, y 32, z 16]"},
		{"width = 2 + 3", "5"},
		{"block twice(x, n: int) { return n * x }", "block twice(x, n: int)"},
		{"twice(n: width)", "block twice(n: 5)"},
		{"h |> wat", "name/unknown"},
		{"g = h |> down |> forward(h)", "shape/concat"},
		{"g", "name/unknown"},
		{"h", "tensor[channel 4, x 64, y 64, z 32]"},
		{"block twice(x) { return conv(x, 2 * channels(x)) }", "block twice(x)"},
		{"stage a = h |> twice", "tensor[channel 8, x 64, y 64, z 32]"},
		{"stage a = h", "tensor[channel 4, x 64, y 64, z 32]"},
		{"mean(a, over: x)", "tensor[channel 4, y 64, z 32]"},
		{"state(like: h)", "tensor[channel 4, x 64, y 64, z 32]"},
		{"for _i in 1..10000000 { width = 1 }", "limit/list"},
		{"image[1]", "shape/index"},
	} {
		results, found := s.run(c.line)
		got := ""
		switch {
		case len(found) > 0:
			got = string(found[0].Code)
		case len(results) > 0:
			got = results[len(results)-1].Value.String()
		}
		if got != c.want {
			t.Errorf("> %s\n%s, want %s\n%s", c.line, got, c.want, render(found))
		}
	}
	if n := len(s.Model().Stages); n != 1 {
		t.Errorf("%d stages, want the one that was made again", n)
	}
	for _, name := range []string{"image", "twice", "residual", "convolve", "training"} {
		if !slices.Contains(s.Names(), name) {
			t.Errorf("%s is not among the visible names", name)
		}
	}
}

// TestSessionInput makes an input for a volume that was read.
func TestSessionInput(t *testing.T) {
	s := session(t)
	in, err := s.Input("scan", 1, 10, 20, 30)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff("0 input[] [batch 1, channel 1, z 30, y 20, x 10] name=scan", s.graph.line(in.Ref.(int))); d != "" {
		t.Error(d)
	}
	for _, sizes := range [][]int{{1}, {0, 2}, {1, 2, 3, 4, 5}} {
		if _, err := s.Input("scan", sizes...); err == nil {
			t.Errorf("sizes %v are taken", sizes)
		}
	}
	if _, err := s.Input("no name", 1, 2); err == nil {
		t.Error("a name with a space is taken")
	}
}

// TestSessionLearnsModel runs a model that the program declares, as a block.
func TestSessionLearnsModel(t *testing.T) {
	p, _ := load(t, "model M(image: tensor[1, 16, 16]) { stage a = image |> conv(4)\n return a }")
	s := &typed{p.Session(eval.Options{Graph: &recorder{}}), nil}
	results, found := s.run("image = tensor([1, 16, 16])\nM(image)")
	if len(found) > 0 || len(results) != 2 {
		t.Fatal(render(found))
	}
	if d := cmp.Diff("M.a.conv.weight", s.Model().Parameters[0].Name); d != "" {
		t.Error(d)
	}
	if got := results[1].Value.String(); got != "tensor[channel 4, x 16, y 16]" {
		t.Error(got)
	}
}
