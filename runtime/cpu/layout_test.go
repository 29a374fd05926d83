package cpu

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	vnruntime "github.com/vnlang/vn/runtime"
)

// network returns the plan of two padded convolutions 5^3, the second of a narrower or as wide a map, with a residual
// between, over 8 x 8 x 8 voxels.
func network(t *testing.T, first, second int) *plan.Plan {
	t.Helper()
	g := &ir.Graph{Name: "network", Mode: ir.Inference, Batch: 1}
	b := ir.NewBuilder(g)
	space := []ir.Axis{{Name: ir.Z, Size: 8}, {Name: ir.Y, Size: 8}, {Name: ir.X, Size: 8}}
	weight := func(name string, out, in int) *ir.Value {
		return b.Add(op.Parameter{Name: name, Init: "zeros", Axes: []ir.Axis{
			{Name: ir.Out, Size: out}, {Name: ir.In, Size: in}, {Name: ir.Z, Size: 5}, {Name: ir.Y, Size: 5}, {Name: ir.X, Size: 5}}})
	}
	two, one := []int{2, 2, 2}, []int{1, 1, 1}
	conv := op.Convolve{Stride: one, PadLow: two, PadHigh: two, Dilation: one, Groups: 1}
	x := b.Add(op.Input{Name: "x", Axes: append([]ir.Axis{{Name: ir.Batch, Size: 1}, {Name: ir.Channel, Size: 16}}, space...)})
	h := b.Add(conv, x, weight("w1", first, 16))
	h = b.Add(op.Exp{}, h)
	y := b.Add(conv, h, weight("w2", second, first))
	g.Outputs = []ir.Output{{Name: "y", Value: y}}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Feature maps of whole blocks are blocked between convolutions that take blocks, and no others.
func TestLayout(t *testing.T) {
	for _, c := range []struct {
		name   string
		first  int
		option Option
		want   []string
	}{
		{"blocks", 32, prefer(0), []string{"v3"}},
		{"no whole blocks", 24, prefer(0), nil},
		{"direct", 32, Exact(), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New(1, c.option)
			defer d.Close()
			p := network(t, c.first, 16)
			g, err := d.decide(p)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, b := range p.Buffers {
				if g.layout.blocked[i] {
					got = append(got, b.Name)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("blocked buffers (-want +got):\n%s\n%s", diff, p)
			}
		})
	}
}

// A session that keeps transformed weights sees when they change.
func TestKeptWeightsFollowTheVariables(t *testing.T) {
	d := New(2, prefer(0), Memory(1<<30))
	defer d.Close()
	p := network(t, 32, 16)
	vs, err := d.Variables(p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Open(p, vs)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run := func(s vnruntime.Session) []float32 {
		t.Helper()
		x, y := make([]float32, 16*512), make([]float32, 16*512)
		for i := range x {
			x[i] = float32(i%7) / 7
		}
		if err := s.Run(vnruntime.Step{Inputs: map[string][]float32{"x": x}, Outputs: map[string][]float32{"y": y}}); err != nil {
			t.Fatal(err)
		}
		return y
	}
	var before []float32
	for round := range 4 {
		for _, name := range vs.Names() {
			w := make([]float32, vs.Size(name))
			for i := range w {
				w[i] = float32((i*31+7*(round/2))%11-5) / 5000
			}
			if round%2 == 0 {
				if err := vs.Load(name, w); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := run(s)
		fresh, err := d.Open(p, vs)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(run(fresh), got); diff != "" {
			t.Fatalf("run %d differs from that of a new session:\n%s", round, diff)
		}
		if same := cmp.Equal(before, got); same != (round%2 == 1) {
			t.Errorf("run %d: the same result as before: %v", round, same)
		}
		before = got
		fresh.Close()
	}
}

// With less memory a session takes algorithms that need less, and gives results all the same.
func TestMemory(t *testing.T) {
	p := network(t, 256, 256)
	all, little := New(1), New(1, Memory(1))
	defer all.Close()
	defer little.Close()
	if a, b := all.Memory(p), little.Memory(p); b >= a {
		t.Errorf("a session takes %d bytes where there is room, and %d where there is none", a, b)
	}
}
