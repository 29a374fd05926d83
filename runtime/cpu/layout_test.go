package cpu

import (
	"math"
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

// setWeights gives the variables of a network small weights, others for every n.
func setWeights(t *testing.T, vs vnruntime.Variables, n int) {
	t.Helper()
	for _, name := range vs.Names() {
		w := make([]float32, vs.Size(name))
		for i := range w {
			w[i] = float32((i*31+7*n)%11) / 5000 // of one sign, so that nothing cancels
		}
		if err := vs.Load(name, w); err != nil {
			t.Fatal(err)
		}
	}
}

// runNetwork returns what a network makes of an image.
func runNetwork(t *testing.T, s vnruntime.Session, out int) []float32 {
	t.Helper()
	x, y := make([]float32, 16*512), make([]float32, out*512)
	for i := range x {
		x[i] = float32(i%7) / 7
	}
	if err := s.Run(vnruntime.Step{Inputs: map[string][]float32{"x": x}, Outputs: map[string][]float32{"y": y}}); err != nil {
		t.Fatal(err)
	}
	return y
}

// openNetwork opens a network on a device, with variables of its own.
func openNetwork(t *testing.T, d *Device, p *plan.Plan) (vnruntime.Session, vnruntime.Variables) {
	t.Helper()
	vs, err := d.Variables(p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Open(p, vs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, vs
}

// A session that keeps transformed weights sees when they change.
func TestKeptWeightsFollowTheVariables(t *testing.T) {
	d := New(2, prefer(0), Memory(1<<30))
	defer d.Close()
	p := network(t, 32, 16)
	if d.Kept(p) == 0 {
		t.Fatal("the session keeps no weights")
	}
	s, vs := openNetwork(t, d, p)
	var before []float32
	for round := range 4 {
		if round%2 == 0 {
			setWeights(t, vs, round)
		}
		got := runNetwork(t, s, 16)
		fresh, err := d.Open(p, vs)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(runNetwork(t, fresh, 16), got); diff != "" {
			t.Fatalf("run %d differs from that of a new session:\n%s", round, diff)
		}
		if same := cmp.Equal(before, got); same != (round%2 == 1) {
			t.Errorf("run %d: the same result as before: %v", round, same)
		}
		before = got
		fresh.Close()
	}
}

// With less memory a session takes algorithms that need less, and gives the same results but for rounding.
func TestMemory(t *testing.T) {
	p := network(t, 256, 256)
	all, little := New(1), New(1, Memory(1))
	defer all.Close()
	defer little.Close()
	if a, b := all.Memory(p), little.Memory(p); b >= a {
		t.Errorf("a session takes %d bytes where there is room, and %d where there is none", a, b)
	}
	var results [2][]float32
	for i, d := range []*Device{all, little} {
		s, vs := openNetwork(t, d, p)
		setWeights(t, vs, 0)
		results[i] = runNetwork(t, s, 256)
	}
	size, far := 0.0, 0.0
	for i, x := range results[0] {
		size = max(size, math.Abs(float64(x)))
		far = max(far, math.Abs(float64(x-results[1][i])))
	}
	if size == 0 || far > 1e-4*size { // what two layers of F(4,4,4) may be off
		t.Errorf("the results differ by up to %g, their largest is %g", far, size)
	}
}
