package cpu

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	vnruntime "github.com/vnlang/vn/runtime"
)

// vectors returns variables of three elements each.
func vectors(t *testing.T, names ...string) vnruntime.Variables {
	t.Helper()
	p := &plan.Plan{}
	for _, name := range names {
		p.Buffers = append(p.Buffers, plan.Buffer{Name: name, Class: plan.Variable, Type: ir.NewType(ir.Axis{Name: "x", Size: 3})})
	}
	d := New(1)
	t.Cleanup(func() { d.Close() })
	vs, err := d.Variables(p)
	if err != nil {
		t.Fatal(err)
	}
	return vs
}

func stored(t *testing.T, vs vnruntime.Variables, name string) []float32 {
	t.Helper()
	out := make([]float32, vs.Size(name))
	if err := vs.Store(name, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A variable is zero at first; what is adopted is the variable, without a copy, and is written by a later Load.
func TestAdopt(t *testing.T) {
	vs := vectors(t, "a", "b")
	own := []float32{1, 2, 3}
	if err := vs.Adopt("a", own); err != nil {
		t.Fatal(err)
	}
	own[1] = 7
	if diff := cmp.Diff([]float32{1, 7, 3}, stored(t, vs, "a")); diff != "" {
		t.Errorf("adopted (-want +got):\n%s", diff)
	}
	if err := vs.Load("a", []float32{4, 5, 6}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{4, 5, 6}, own); diff != "" {
		t.Errorf("adopted, then loaded (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float32{0, 0, 0}, stored(t, vs, "b")); diff != "" {
		t.Errorf("neither (-want +got):\n%s", diff)
	}
}

// A variable that has memory, which a session may hold, gets the values and keeps its memory.
func TestAdoptCopies(t *testing.T) {
	vs := vectors(t, "a")
	if err := vs.Load("a", []float32{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	own := []float32{4, 5, 6}
	if err := vs.Adopt("a", own); err != nil {
		t.Fatal(err)
	}
	own[0] = 9
	if diff := cmp.Diff([]float32{4, 5, 6}, stored(t, vs, "a")); diff != "" {
		t.Errorf("loaded, then adopted (-want +got):\n%s", diff)
	}
}

func TestAdoptRefuses(t *testing.T) {
	vs := vectors(t, "a")
	for want, err := range map[string]error{
		"variable a has 3 elements, not 2": vs.Adopt("a", make([]float32, 2)),
		`there is no variable "b"`:         vs.Adopt("b", make([]float32, 3)),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
