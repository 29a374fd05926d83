package repl

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
)

// TestGraph holds a session to what its graph may keep: what names hold, and nothing of a statement that failed.
func TestGraph(t *testing.T) {
	var out bytes.Buffer
	s, err := open(context.Background(), Options{Out: &out, Err: &out})
	if err != nil {
		t.Fatal(err)
	}
	type state struct {
		Values int
		Inputs []string // with data
	}
	tests := []struct {
		text   string
		fails  bool
		values int
		data   []string
	}{
		{"a = literal([1, 2])", false, 1, []string{"a"}},
		{"b = a * a", false, 2, []string{"a"}},
		{"exp(a)", false, 2, []string{"a"}},
		{":eval exp(a)", false, 2, []string{"a"}},
		{"c = [b, literal([1]) + 1 + nothing]", true, 2, []string{"a"}},
		{"b = exp(b)", false, 3, []string{"a"}},
		{"a = literal([3])", false, 4, []string{"a", "a_2"}},
		{"b = 1", false, 1, []string{"a_2"}},
		{"f = [a, 1]\na = 1", false, 1, []string{"a_2"}},
		{"a = tensor([channel: 1])", false, 2, []string{"a_2"}},
		{"block g(x, parts: list) { return x }\nh = g(parts: f)\nf = 1", false, 2, []string{"a_2"}},
		{"h = 1", false, 1, nil},
	}
	for _, tt := range tests {
		if err := s.execute(tt.text, 1); (err != nil) != tt.fails {
			t.Fatalf("%s: %v\n%s", tt.text, err, &out)
		}
		var inputs []string
		for _, v := range s.graph.ir.Leaves(ir.LeafInput) {
			if _, name := v.Leaf(); s.graph.data[name] != nil {
				inputs = append(inputs, name)
			}
		}
		if diff := cmp.Diff(state{tt.values, tt.data}, state{len(s.graph.ir.Values), inputs}); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", tt.text, diff)
		}
		if len(s.graph.data) != len(inputs) {
			t.Errorf("after %s: data of %d inputs, of which %d are in the graph", tt.text, len(s.graph.data), len(inputs))
		}
		if err := ir.Verify(s.graph.ir); err != nil {
			t.Errorf("after %s: %v", tt.text, err)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 k", 58_720_256: "58.7 M", 999_999: "1 M", 1 << 60: "1.15 E"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, not %q", n, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	c := &console{names: func() []string { return []string{"conv", "conv_transpose", "convolve", "relu"} }}
	tests := []struct {
		line string
		at   int
		want string
		pos  int
	}{
		{"x |> re", 7, "x |> relu", 9},
		{"co(x)", 2, "conv(x)", 4},
		{"conv_", 5, "conv_transpose", 14},
		{"none", 4, "", 0},
		{"x |> ", 5, "", 0},
	}
	for _, tt := range tests {
		line, pos, ok := c.complete(tt.line, tt.at, '\t')
		if line != tt.want || pos != tt.pos || ok != (tt.want != "") {
			t.Errorf("complete(%q, %d) = %q, %d, %v", tt.line, tt.at, line, pos, ok)
		}
	}
}
