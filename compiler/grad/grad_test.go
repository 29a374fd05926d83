package grad_test

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/grad"
	"github.com/vnlang/vn/compiler/ir"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// TestBackward differentiates the graphs of testdata/*.txt and compares with the text below them. The value called loss
// is differentiated with respect to the parameters.
func TestBackward(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	const separator = "---\n"
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			before, after, _ := strings.Cut(string(content), separator)
			g := parse(t, before)
			gradients, err := grad.Backward(g, find(t, g, "loss"), g.Leaves(ir.LeafParameter))
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range g.Leaves(ir.LeafParameter) {
				g.Outputs = append(g.Outputs, ir.Output{Name: "d_" + v.Name, Value: gradients[i]})
			}
			if err := ir.Verify(g); err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(path, []byte(before+separator+g.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(after, g.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTwice differentiates x^3 twice: the gradient is a part of the graph like any other.
func TestTwice(t *testing.T) {
	g := parse(t, `
graph cube training batch 1
  x  = input name "x" f32[]
  xx = mul(x, x)      f32[]
  y  = mul(xx, x)     f32[]
`)
	x := g.Values[0]
	first, err := grad.Backward(g, find(t, g, "y"), []*ir.Value{x})
	if err != nil {
		t.Fatal(err)
	}
	second, err := grad.Backward(g, first[0], []*ir.Value{x})
	if err != nil {
		t.Fatal(err)
	}
	g.Outputs = []ir.Output{{Name: "first", Value: first[0]}, {Name: "second", Value: second[0]}}
	got := evaluate(t, g, map[string]*ir.Tensor{"x": {Type: x.Type, Data: []float64{5}}})
	if got["first"].Data[0] != 75 || got["second"].Data[0] != 30 {
		t.Errorf("at 5, x^3 has the derivatives %v and %v, want 75 and 30", got["first"].Data, got["second"].Data)
	}
}

// TestHalf differentiates through half types: gradients have the dtype of their values.
func TestHalf(t *testing.T) {
	g := parse(t, `
graph half training batch 1
  x = input name "x"  f32[x 2]
  h = cast(x) to f16  f16[x 2]
  s = mul(h, h)       f16[x 2]
  r = sqrt(s)         f16[x 2]
  y = sum(r) axes x   f16[]
`)
	x, h := g.Values[0], g.Values[1]
	gradients, err := grad.Backward(g, find(t, g, "y"), []*ir.Value{x, h})
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(g); err != nil {
		t.Fatal(err)
	}
	for i, v := range []*ir.Value{x, h} {
		if !gradients[i].Type.Equal(v.Type) {
			t.Errorf("the gradient of %s is %s", v.Type, gradients[i].Type)
		}
	}
	g.Outputs = []ir.Output{{Name: "d", Value: gradients[0]}}
	got := evaluate(t, g, map[string]*ir.Tensor{"x": {Type: x.Type, Data: []float64{3, 0.5}}})["d"].Data
	if math.Abs(got[0]-1) > 1e-3 || math.Abs(got[1]-1) > 1e-3 {
		t.Errorf("the gradient is %v, want 1", got)
	}
}

func TestBackwardErrors(t *testing.T) {
	const text = `
graph net training batch 1
  x = input name "x"                                                f32[batch 1, channel 1, x 4]   # net.vn:1:1
  y = max_pool(x) window 2 stride 2 padlow 0 padhigh 0              f32[batch 1, channel 1, x 2]   # net.vn:2:1
  d = max_pool_gradient(x, y) window 2 stride 2 padlow 0 padhigh 0  f32[batch 1, channel 1, x 4]   # net.vn:3:1
  s = sum(d) axes batch,channel,x                                   f32[]                          # net.vn:4:1
`
	for _, c := range []struct{ loss, want string }{
		{"y", "differentiate y: it is f32[batch 1, channel 1, x 2], and only a scalar has a gradient"},
		{"s", "differentiate s: net.vn:3:1: max_pool_gradient: a max-pool can be differentiated once, not twice"},
	} {
		g := parse(t, text)
		before := g.String()
		_, err := grad.Backward(g, find(t, g, c.loss), []*ir.Value{g.Values[0]})
		if err == nil || err.Error() != c.want {
			t.Errorf("error\n  %v\nwant\n  %s", err, c.want)
		}
		if g.String() != before {
			t.Errorf("after an error the graph is changed:\n%s", g)
		}
	}
}
