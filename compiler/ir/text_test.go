package ir_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/lang/source"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// parse parses a graph that is right.
func parse(t testing.TB, text string) *ir.Graph {
	t.Helper()
	g, err := ir.Parse("test", text, op.Lookup)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// verified parses a graph that the verifier accepts.
func verified(t testing.TB, text string) *ir.Graph {
	t.Helper()
	g := parse(t, text)
	if err := ir.Verify(g); err != nil {
		t.Fatal(err)
	}
	return g
}

func axis(name string, size int) ir.Axis { return ir.Axis{Name: name, Size: size} }

// everything returns a graph with every kind of attribute, and with names and positions that are hard to write.
func everything(t *testing.T) *ir.Graph {
	g := &ir.Graph{Name: "a net", Mode: ir.Training, Batch: 2}
	b := ir.NewBuilder(g)
	b.At = []source.Position{{File: "models/vnet.vn", Line: 2, Column: 12}}
	image := b.Add(op.Input{Name: "image", Axes: []ir.Axis{axis("batch", 2), axis("channel", 1), axis("y", 4), axis("x", 6)}})
	b.Rename(image, "image")
	weight := b.Add(op.Parameter{
		Name: "left1.conv.weight", Init: "msra", Gain: 1. / 3, FanIn: 9, FanOut: 18,
		Axes: []ir.Axis{axis("out", 2), axis("in", 1), axis("y", 3), axis("x", 3)},
	})
	b.Rename(weight, "left1.conv.weight")
	b.Stage = "left1"
	b.At = []source.Position{{File: "stdlib/conv.vn", Line: 11, Column: 12}, {}, {File: `C:\my nets\"v".vn`, Line: 4, Column: 34}}
	one := []int{1, 1}
	h := b.Add(op.Convolve{Stride: one, PadLow: one, PadHigh: one, Dilation: one, Groups: 1}, image, weight)
	b.Stage, b.At = "odd stage", nil
	h = b.Add(op.Slice{Axis: "x", Stop: 3}, h)
	h = b.Add(op.Cast{To: ir.BF16}, h)
	h = b.Add(op.Cast{To: ir.F32}, h)
	b.Stage = ""
	loss := b.Add(op.Sum{Axes: []string{"batch", "channel", "y", "x"}}, h)
	b.Rename(loss, "output")
	wide := b.Add(op.Broadcast{Axes: []ir.Axis{axis("x", 2)}}, loss)
	state := b.Add(op.State{Name: "the momentum", Init: -1e-300, Axes: []ir.Axis{axis("x", 2)}})
	next := b.Add(op.Add{}, state, wide)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	g.Outputs = []ir.Output{{Name: "loss", Value: loss}, {Name: "the image", Value: image}}
	g.Updates = []ir.Update{{Target: state, Value: next}}
	return g
}

// TestText checks that a graph prints as its golden file, and that the text is the same graph again.
func TestText(t *testing.T) {
	g := everything(t)
	golden(t, "everything.txt", g.String())
	back := verified(t, g.String())
	if diff := cmp.Diff(g, back, cmp.Comparer(ir.SameOp)); diff != "" {
		t.Errorf("parsed back (-printed +parsed):\n%s", diff)
	}
}

// TestParseErrors checks that mistakes are blamed on their line.
func TestParseErrors(t *testing.T) {
	const header = "graph net inference batch 1\n"
	const x = "  x = input name \"x\" f32[x 2]\n"
	for _, c := range []struct{ text, want string }{
		{"", "test: no graph; its first line reads like: graph VNet inference batch 1"},
		{"# only\n\n", "test: no graph; its first line reads like: graph VNet inference batch 1"},
		{"net", `test:1: expected "graph", found "net"`},
		{"graph net inference", `test:1: expected "batch", found the end of the line`},
		{"graph net inference batch one", `test:1: expected a whole number, found "one"`},
		{"graph net inference batch 1 2", `test:1: expected the end of the line, found "2"`},
		{header + "x input", `test:2: expected "=", found "input"`},
		{header + "1 = input", `test:2: expected the name of a value, found "1"`},
		{header + "x = inputs name \"x\" f32[]", `test:2: there is no op "inputs"`},
		{header + x + x, "test:3: x is defined twice"},
		{header + x + "y = neg(z) f32[x 2]", `test:3: no value "z" stands above`},
		{header + x + "y = neg(x f32[x 2]", `test:3: expected ")", found "f32[x"`},
		{header + x + "y = neg(x) size 2 f32[x 2]", `test:3: neg has no attribute "size"; it has none`},
		{header + x + "y = slice(x) axis \"x\" stop 1 stop 1 f32[x 1]", "test:3: the attribute stop stands twice"},
		{header + x + "y = slice(x) axis x stop 1 f32[x 1]", `test:3: the attribute axis: expected a string in quotes, found "x"`},
		{header + x + "y = slice(x) axis \"x", `test:3: the attribute axis: expected a string in quotes, found "\"x"`},
		{header + x + "y = slice(x) stop 1.5 f32[x 1]", `test:3: the attribute stop: expected a whole number, found "1.5"`},
		{header + x + "y = neg(x)", "test:3: expected a dtype, found the end of the line"},
		{header + x + "y = neg(x) f32[x two]", `test:3: expected a whole number, found "two"`},
		{header + x + "y = neg(x) f32[x 2", `test:3: expected "]", found the end of the line`},
		{header + x + "y = neg(x) f32[x 2] # nowhere", `test:3: expected a position such as file:1:2, found "nowhere"`},
		{header + x + "y = neg(x) f32[x 2] # a:1:b", `test:3: expected a whole number, found "b"`},
		{header + x + "y = neg(x) f32[x 2] # \"a\"", "test:3: a position ends before its line and its column"},
		{header + x + "output y = z", `test:3: no value "z" stands above`},
		{header + x + "output y x", `test:3: expected "=", found "x"`},
		{header + x + "update y = x", `test:3: no value "y" stands above`},
	} {
		if _, err := ir.Parse("test", c.text, op.Lookup); err == nil || err.Error() != c.want {
			t.Errorf("%q:\n  %v\nwant\n  %s", c.text, err, c.want)
		}
	}
}

// FuzzParse checks that no text makes the parser panic, and that what it reads prints and parses back to itself.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/everything.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`graph windows inference batch 1
  x = input name "x"                                                   f32[batch 1, channel 2, x 4]
  p = max_pool(x) window 2 stride 2 padlow 0 padhigh 0                 f32[batch 1, channel 2, x 2]
  q = max_pool_gradient(x, p) window 2 stride 2 padlow 0 padhigh 0     f32[batch 1, channel 2, x 4]
  r = resize(q) size 3 mode "linear"                                   f32[batch 1, channel 2, x 3]
  s = resize_gradient(r) size 4 mode "nearest"                         f32[batch 1, channel 2, x 4]
  t = transpose(s) order 0,2,1                                         f32[batch 1, x 4, channel 2]
  u = reshape(r)                                                       f32[batch 1, channel 2, y 3]
  m = matmul(t, u)                                                     f32[batch 1, x 4, y 3]
  w = convolve_weight(x, x) stride 1 padlow 0 padhigh 0 dilation 1 groups 1 kernel 1  f32[out 2, in 2, x 1]
  v = convolve_input(x, w) stride 1 padlow 0 padhigh 0 dilation 1 groups 1 size 4     f32[batch 1, channel 2, x 4]
  c = concat(x, v) axis "channel"                                      f32[batch 1, channel 4, x 4]
  h = reshape(c)                                                       f32[x 16]
  a = argmax(h) axis "x"                                               f32[]
  d = pad(h) axis "x" low 1 high 2                                     f32[x 19]
`)
	f.Add("graph \"\" x batch -1\na = constant value NaN axes [y 3] f32[x 1] # - < \"\":1:2\n")
	f.Add("graph g inference batch 1\na=random stream 1 distribution \"normal\"f16[batch 2]#-\n output \"\"=a\n")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ir.Parse("fuzz", text, op.Lookup)
		if err != nil {
			return
		}
		valid := ir.Verify(g) == nil // must not panic either
		printed := g.String()
		back, err := ir.Parse("printed", printed, op.Lookup)
		if err != nil {
			if valid {
				t.Fatalf("a valid graph does not parse back: %v\n%s", err, printed)
			}
			return
		}
		if again := back.String(); again != printed {
			t.Fatalf("printed\n%s\nparsed and printed again\n%s", printed, again)
		}
		if strings.Contains(printed, "NaN") {
			return // NaN differs from itself
		}
		if diff := cmp.Diff(g, back, cmp.Comparer(ir.SameOp)); valid && diff != "" {
			t.Fatalf("parsed back:\n%s\n%s", diff, printed)
		}
	})
}
