package workbench

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/artifact"
)

// A run over arrays gives each sample what it gives it alone.
func TestArraysInBatches(t *testing.T) {
	m := load(t, write(t, "net.vn", small), Options{})
	w := open(t, m)
	if err := w.Initialise(1); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	both := artifact.Array{Shape: []int{2, 1, 4, 8, 8}}
	for i := range 2 * 256 {
		both.Values = append(both.Values, float32(math.Sin(float64(i))))
	}
	var inputs []string
	for name, a := range map[string]artifact.Array{
		"both": both, "first": {Shape: both.Shape[1:], Values: both.Values[:256]}, "second": {Shape: both.Shape[1:], Values: both.Values[256:]},
	} {
		path := filepath.Join(folder, name+".npy")
		if err := artifact.WriteNPY(path, &a); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, path)
	}
	o := RunOptions{Directory: filepath.Join(folder, "out")}
	tasks, skipped, err := m.Plan(inputs, o)
	if err != nil || len(skipped) > 0 {
		t.Fatal(skipped, err)
	}
	done := 0
	if err := w.Run(context.Background(), tasks, o, func(Outcome) { done++ }); err != nil || done != 3 {
		t.Fatal(done, err)
	}
	out := map[string]*artifact.Array{}
	for _, name := range []string{"both", "first", "second"} {
		if out[name], err = artifact.ReadNPY(filepath.Join(o.Directory, name+"_output.npy")); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{2, 2, 4, 8, 8}, out["both"].Shape); diff != "" {
		t.Errorf("shape (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Concat(out["first"].Values, out["second"].Values), out["both"].Values); diff != "" {
		t.Errorf("values (-alone +together):\n%s", diff)
	}
}
