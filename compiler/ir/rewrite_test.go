package ir_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// names lists the names of values.
func names(values []*ir.Value) string {
	var list []string
	for _, v := range values {
		list = append(list, v.Name)
	}
	return strings.Join(list, " ")
}

const chainText = `
graph net inference batch 1
  a = input name "a" f32[x 2]
  b = exp(a)         f32[x 2]
  c = mul(b, b)      f32[x 2]
  d = add(c, b)      f32[x 2]
  output d = d
  output c = c
`

func TestUsers(t *testing.T) {
	g := verified(t, chainText)
	var got []string
	for _, users := range ir.Users(g) {
		got = append(got, names(users))
	}
	if diff := cmp.Diff([]string{"b", "c d", "d", ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReplaceUses puts log(a) for exp(a), through a value that is replaced itself, and compacts.
func TestReplaceUses(t *testing.T) {
	g := verified(t, chainText)
	b := ir.NewBuilder(g)
	step := b.Add(op.Neg{}, g.Values[0])
	log := b.Add(op.Log{}, g.Values[0])
	b.Rename(log, "l")
	ir.ReplaceUses(g, map[*ir.Value]*ir.Value{g.Values[1]: step, step: log, g.Values[2]: log})
	if err := ir.Verify(g); err == nil {
		t.Error("values stand before their arguments, and the verifier accepts it")
	}
	if err := ir.Compact(g); err != nil {
		t.Fatal(err)
	}
	want := verified(t, `
graph net inference batch 1
  a = input name "a" f32[x 2]
  l = log(a)         f32[x 2]
  d = add(l, l)      f32[x 2]
  output d = d
  output c = l
`)
	if diff := cmp.Diff(want.String(), g.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := ir.Verify(g); err != nil {
		t.Error(err)
	}
}

func TestCompact(t *testing.T) {
	g := verified(t, soundText)
	before := g.String()
	if err := ir.Compact(g); err != nil || g.String() != before {
		t.Errorf("%v; a graph in order changes to\n%s", err, g)
	}
	g.Outputs = nil
	if err := ir.Compact(g); err != nil {
		t.Fatal(err)
	}
	if got := names(g.Values); got != "x w d" {
		t.Errorf("only the update is left, and the values are %s", got)
	}
	g = verified(t, chainText)
	g.Values[1].Args[0] = g.Values[3]
	if err := ir.Compact(g); err == nil {
		t.Error("a cycle is no error")
	}
}

func TestClone(t *testing.T) {
	g := verified(t, soundText)
	before := g.String()
	clone := ir.Clone(g)
	if err := ir.Verify(clone); err != nil {
		t.Fatal(err)
	}
	if clone.String() != before {
		t.Errorf("the clone is\n%s", clone)
	}
	for _, v := range clone.Values {
		v.Name += "x"
		clear(v.Args)
	}
	clone.Outputs[0].Name = "y"
	clone.Updates[0].Value = nil
	if g.String() != before {
		t.Errorf("a change of the clone changes the graph:\n%s", g)
	}
}

// TestBuilder checks the names of values, and that the first error is kept with its place.
func TestBuilder(t *testing.T) {
	g := verified(t, chainText)
	b := ir.NewBuilder(g)
	for _, c := range []struct{ name, want string }{
		{"a", "a_2"}, {"a", "a_3"}, {"h", "h"}, {"h", "h_2"}, {"left 1/é", "left_1__"}, {"4", "_4"}, {"", "_"}, {".x", "_.x"},
	} {
		v := b.Add(op.Neg{}, g.Values[0])
		if b.Rename(v, c.name); v.Name != c.want {
			t.Errorf("%q becomes %q, want %q", c.name, v.Name, c.want)
		}
	}
	if err := ir.Verify(g); err != nil {
		t.Error(err)
	}
	b.At = everything(t).Values[0].At
	bad := b.Add(op.Slice{Axis: "y", Stop: 1}, g.Values[0])
	b.Add(op.Add{}, bad, g.Values[0])
	const want = `models/vnet.vn:2:12: slice: there is no axis "y"; the argument is f32[x 2]`
	if err := b.Err(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	b = ir.NewBuilder(g)
	b.Add(op.Pad{Axis: "x", High: 1 << 30}, b.Add(op.Broadcast{Axes: []ir.Axis{axis("y", 1<<39), axis("x", 2)}}, g.Values[0]))
	if b.Err() == nil {
		t.Error("a type that is too large is accepted")
	}
}

func TestSameOp(t *testing.T) {
	for _, c := range []struct {
		a, b ir.Op
		want bool
	}{
		{op.Add{}, op.Add{}, true},
		{op.Add{}, op.Sub{}, false},
		{op.Sum{Axes: []string{"x"}}, op.Sum{Axes: []string{"x"}}, true},
		{op.Sum{Axes: []string{"x"}}, op.Sum{Axes: []string{"x", "y"}}, false},
		{op.Sum{}, op.Sum{Axes: []string{}}, true},
		{op.MaxPool{Window: []int{2}}, op.MaxPool{Stride: []int{2}}, false},
		{op.Constant{Value: 0}, op.Constant{Value: 1e-300}, false},
	} {
		if got := ir.SameOp(c.a, c.b); got != c.want {
			t.Errorf("%#v and %#v: %v", c.a, c.b, got)
		}
	}
}

func TestLeaves(t *testing.T) {
	g := everything(t)
	for kind, want := range map[string]string{
		ir.LeafInput: "image", ir.LeafParameter: "left1.conv.weight", ir.LeafState: "v8",
	} {
		if got := names(g.Leaves(kind)); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}
