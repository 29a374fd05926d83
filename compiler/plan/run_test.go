package plan_test

import (
	"math"
	"testing"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
)

// machine runs a plan as it is written, in float64: every kernel reads all that it reads, then writes all that it writes,
// in an arena that is shared as the plan says.
type machine struct {
	plan    *plan.Plan
	context ir.Context
	buffers [][]float64
}

func newMachine(p *plan.Plan, c ir.Context, leaves map[string]*ir.Tensor) *machine {
	m := &machine{p, c, nil}
	arena := make([]float64, p.Arena/4)
	for i := range arena {
		arena[i] = math.NaN()
	}
	for _, b := range p.Buffers {
		n := b.Type.Elements()
		memory := make([]float64, n)
		switch b.Class {
		case plan.InArena:
			memory = arena[b.Offset/4:][:n]
		case plan.Input, plan.Variable:
			copy(memory, leaves[b.Name].Data)
		}
		m.buffers = append(m.buffers, memory)
	}
	return m
}

func (m *machine) run() {
	for i := range m.plan.Kernels {
		m.kernel(&m.plan.Kernels[i])
	}
}

func (m *machine) kernel(k *plan.Kernel) {
	domain := ir.NewType(k.Domain...)
	registers := make([]*ir.Tensor, len(k.Program))
	for r, in := range k.Program {
		t := ir.NewTensor(domain)
		args := make([]*ir.Tensor, len(in.Args))
		for i, a := range in.Args {
			args[i] = registers[a]
		}
		switch in.Op {
		case "load":
			m.each(k.Loads[in.Index].View, k.Domain, k.Loads[in.Index].Bounds, func(at int, x *float64) { t.Data[at] = *x })
		case "constant":
			for i := range t.Data {
				t.Data[i] = in.Value
			}
		case "random":
			op.Random{Stream: in.Index, Axes: k.Domain, Distribution: in.Text}.Evaluate(m.context, t, nil)
		case "anchor":
			for i, v := range k.Anchor.Args {
				a := ir.NewTensor(k.Anchor.Types[i])
				m.each(v, a.Type.Axes, nil, func(at int, x *float64) { a.Data[at] = *x })
				args = append(args, a)
			}
			k.Anchor.Op.Evaluate(m.context, t, args)
		case "cast":
			for i, x := range args[0].Data {
				t.Data[i] = ir.DType(in.Text).Round(x)
			}
		default:
			o, _ := op.Lookup(in.Op)
			o.Evaluate(m.context, t, args)
		}
		registers[r] = t
	}
	for _, s := range k.Stores {
		m.each(s.View, k.Domain, nil, func(at int, x *float64) { *x = registers[s.Register].Data[at] })
	}
	for _, r := range k.Reduces {
		m.reduce(k, r, registers[r.Register])
	}
}

func (m *machine) reduce(k *plan.Kernel, r plan.Reduce, from *ir.Tensor) {
	var gone []string
	stay := k.Domain
	for i := len(r.Axes) - 1; i >= 0; i-- {
		gone = append(gone, k.Domain[r.Axes[i]].Name)
		stay = append(append([]ir.Axis{}, stay[:r.Axes[i]]...), stay[r.Axes[i]+1:]...)
	}
	o := map[string]ir.Op{"sum": op.Sum{Axes: gone}, "reduce_max": op.ReduceMax{Axes: gone}, "reduce_min": op.ReduceMin{Axes: gone}}[r.Op]
	t := ir.NewTensor(ir.NewType(stay...))
	o.Evaluate(m.context, t, []*ir.Tensor{from})
	m.each(r.View, stay, nil, func(at int, x *float64) { *x = t.Data[at] })
}

// each visits the elements of a view over a domain, in its order, as far as the bounds let them be read.
func (m *machine) each(v plan.View, domain []ir.Axis, bounds []plan.Bound, f func(at int, x *float64)) {
	index := make([]int, len(domain))
	for at := range ir.NewType(domain...).Elements() {
		rest := at
		for i := len(domain) - 1; i >= 0; i-- {
			index[i], rest = rest%domain[i].Size, rest/domain[i].Size
		}
		where, inside := v.Offset, true
		for i, x := range index {
			where += x * v.Strides[i]
		}
		for _, b := range bounds {
			inside = inside && index[b.Axis] >= b.Low && index[b.Axis] < b.High
		}
		if inside {
			f(at, &m.buffers[v.Buffer][where])
		}
	}
}

// sameAsGraph checks that a plan leaves in its outputs and variables what its graph says.
func sameAsGraph(t *testing.T, p *plan.Plan) {
	t.Helper()
	leaves := map[string]*ir.Tensor{}
	source := rng.New(7)
	for _, v := range p.Graph.Values {
		kind, name := v.Leaf()
		if kind == "" {
			continue
		}
		x := ir.NewTensor(v.Type)
		for i := range x.Data {
			x.Data[i] = source.Normal() / 4
			if kind == ir.LeafState { // a second moment is not negative
				x.Data[i] *= x.Data[i]
			}
		}
		leaves[name] = x
	}
	c := ir.Context{Seed: 3, Step: 5}
	want, err := ir.Evaluate(p.Graph, c, leaves)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(p, c, leaves)
	m.run()
	for i, b := range p.Buffers {
		var w *ir.Tensor
		switch b.Class {
		case plan.Output:
			w = want.Outputs[b.Name]
		case plan.Variable:
			w = want.Updates[b.Name]
		}
		if w == nil {
			continue
		}
		for j, x := range w.Data {
			if got := m.buffers[i][j]; !(math.Abs(got-x) <= 1e-9*(1+math.Abs(x))) {
				t.Fatalf("%s %s: element %d is %g, the graph says %g", b.Class, b.Name, j, got, x)
			}
		}
	}
}

// compiled returns the training plan of a program's model Net.
func compiled(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, found := eval.Load("net.vn", func(string) (string, error) { return text, nil }, stdlib.FS, nil)
	for _, d := range found {
		t.Log(d)
	}
	c, found, err := compiler.Training(p, "Net", compiler.Options{Verify: true})
	for _, d := range found {
		t.Log(d)
	}
	if err != nil || c.Plan == nil {
		t.Fatalf("there is no plan (%v)", err)
	}
	return c.Plan
}
