package cpu

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// profiled opens a plan of one map and one matrix product.
func profiled(t *testing.T) (*Session, runtime.Step) {
	t.Helper()
	axes := func(first, second string) []ir.Axis {
		return []ir.Axis{{Name: first, Size: 64}, {Name: second, Size: 64}}
	}
	g := &ir.Graph{Name: "profiled", Mode: ir.Inference, Batch: 1}
	b := ir.NewBuilder(g)
	x := b.Add(op.Input{Name: "x", Axes: axes("i", "j")})
	y := b.Add(op.Input{Name: "y", Axes: axes("j", "k")})
	g.Outputs = []ir.Output{{Name: "product", Value: b.Add(op.MatMul{}, x, y)}, {Name: "root", Value: b.Add(op.Sqrt{}, x)}}
	p, err := plan.Build(g)
	if err != nil {
		t.Fatal(err)
	}
	d := New(2)
	t.Cleanup(func() { d.Close() })
	vs, err := d.Variables(p)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := d.Open(p, vs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened.(*Session), runtime.Step{Inputs: map[string][]float32{"x": make([]float32, 64*64), "y": make([]float32, 64*64)}}
}

// Every kernel has a time while the session measures, and none before and after.
func TestProfile(t *testing.T) {
	s, step := profiled(t)
	run := func() {
		t.Helper()
		if err := s.Run(step); err != nil {
			t.Fatal(err)
		}
	}
	run()
	s.StartProfile()
	for range 3 {
		run()
	}
	want := []KernelTime{
		{Name: "v2", Op: "matmul", FLOPs: 2 * 64 * 64 * 64, TrueFLOPs: 2 * 64 * 64 * 64, Bytes: 3 * 64 * 64 * 4},
		{Name: "v3", Op: "map", FLOPs: 64 * 64, TrueFLOPs: 64 * 64, Bytes: 2 * 64 * 64 * 4},
	}
	times := s.Times()
	if d := cmp.Diff(want, times, cmpopts.IgnoreFields(KernelTime{}, "Seconds")); d != "" {
		t.Errorf("kernels (-want +got):\n%s", d)
	}
	for _, k := range times {
		if k.Seconds <= 0 {
			t.Errorf("%s took %v s", k.Name, k.Seconds)
		}
	}
	run()
	for _, k := range s.Times() {
		if k.Seconds != 0 {
			t.Errorf("%s was measured after the end: %v s", k.Name, k.Seconds)
		}
	}
}

// What was decided about a kernel stands beside what the plan says of it.
func TestProfileNotes(t *testing.T) {
	s, _ := profiled(t)
	s.profile.notes = []kernelNote{{Algorithm: "F(4,5)", TrueFLOPs: 1000, Predicted: 0.5}, {}} // on two threads
	got := s.Times()
	if got[0].Algorithm != "F(4,5)" || got[0].TrueFLOPs != 1000 || got[0].Predicted != 0.25 || got[0].FLOPs != 2*64*64*64 {
		t.Errorf("the note is lost: %+v", got[0])
	}
	if got[1].Algorithm != "" || got[1].TrueFLOPs != 64*64 {
		t.Errorf("a kernel without a note: %+v", got[1])
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []time.Duration
		want float64
	}{
		{nil, 0},
		{[]time.Duration{3 * time.Second}, 3},
		{[]time.Duration{5 * time.Second, time.Second, 2 * time.Second}, 2},
		{[]time.Duration{5 * time.Second, time.Second, 2 * time.Second, 4 * time.Second}, 3},
	} {
		if got := median(c.of); got != c.want {
			t.Errorf("the median of %v is %v, want %v", c.of, got, c.want)
		}
	}
}
