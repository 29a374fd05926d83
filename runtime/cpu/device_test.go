package cpu

import (
	"strings"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// A plan that takes more memory than the machine has is refused before any is taken.
func TestMoreMemoryThanThereIs(t *testing.T) {
	const elements = 1 << 37
	if limit() > 4*elements {
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
}

// A variable of several plans is made once, and counts once.
func TestVariablesOfTwoPlansCountOnce(t *testing.T) {
	variable := func(size int) *plan.Plan {
		return &plan.Plan{Buffers: []plan.Buffer{{Name: "w", Class: plan.Variable, Type: ir.NewType(ir.Axis{Name: "x", Size: size})}}}
	}
	defer func(l func() int64) { limit = l }(limit)
	limit = func() int64 { return 4 * 1000 }
	d := New(1)
	defer d.Close()
	vs, err := d.Variables(variable(1000), variable(1000))
	if err != nil || vs.Size("w") != 1000 {
		t.Errorf("two plans that share 4000 bytes do not fit into as many: %v", err)
	}
	if _, err := d.Variables(variable(1001)); err == nil || !strings.Contains(err.Error(), "the variables take") {
		t.Errorf("4004 bytes in 4000: %v", err)
	}
	if _, err := d.Variables(variable(1000), variable(999)); err == nil || !strings.Contains(err.Error(), "1000 elements in one plan and 999") {
		t.Errorf("two sizes: %v", err)
	}
}
