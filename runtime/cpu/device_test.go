package cpu

import (
	"math"
	"strings"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// A plan that takes more memory than the machine has is refused before any is taken.
func TestMoreMemoryThanThereIs(t *testing.T) {
	const elements = 1 << 37
	if physical() > 4*elements {
		t.Skip("the machine is too large, or its size is not known")
	}
	for name, leaf := range map[string]ir.Op{
		"feature maps": op.Input{Name: "x", Axes: []ir.Axis{{Name: "x", Size: elements}}},
		"variables":    op.State{Name: "x", Axes: []ir.Axis{{Name: "x", Size: elements}}},
	} {
		g := &ir.Graph{Name: "large", Mode: ir.Inference, Batch: 1}
		b := ir.NewBuilder(g)
		sum := b.Add(op.Sum{Axes: []string{"x"}}, b.Add(leaf))
		g.Outputs = []ir.Output{{Name: "sum", Value: sum}}
		p, err := plan.Build(g)
		if err != nil {
			t.Fatal(err)
		}
		d := New(1)
		defer d.Close()
		vs, err := d.Variables(p)
		if err == nil {
			_, err = d.Open(p, vs)
		}
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "MiB") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if physical() < 1<<20 || physical() == math.MaxInt64 {
		t.Errorf("the machine has %d bytes", physical())
	}
}
