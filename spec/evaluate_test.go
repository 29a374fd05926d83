package spec

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/pass"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/reference"
)

// evaluateModel computes the outputs of a model whose inputs are filled with 0, 1, 2, ... in memory order. Weights have
// the values of before the first step, for seed 0.
func evaluateModel(g *ir.Graph) (string, error) {
	data := map[string][]float32{}
	for _, v := range g.Leaves(ir.LeafInput) {
		_, name := v.Leaf()
		values := make([]float32, v.Type.Elements())
		for i := range values {
			values[i] = float32(i)
		}
		data[name] = values
	}
	return evaluate(ir.Clone(g), data)
}

// evaluate plans a graph and runs it on the reference device. It returns the outputs as nested lists, in memory order,
// without the axis of the batch, which has one sample.
func evaluate(g *ir.Graph, data map[string][]float32) (string, error) {
	initial := map[string][]float32{}
	for _, v := range g.Values {
		switch o := v.Op.(type) {
		case op.Parameter:
			initial[o.Name] = op.InitialValue(o, 0)
		case op.State:
			values := make([]float32, v.Type.Elements())
			for i := range values {
				values[i] = float32(o.Init)
			}
			initial[o.Name] = values
		}
	}
	if err := pass.Run(g, true); err != nil {
		return "", err
	}
	p, err := plan.Build(g)
	if err != nil {
		return "", err
	}
	step := runtime.Step{Inputs: map[string][]float32{}, Outputs: map[string][]float32{}}
	for _, b := range p.Buffers {
		if b.Class == plan.Input {
			step.Inputs[b.Name] = data[b.Name]
		}
	}
	for _, o := range p.Graph.Outputs {
		step.Outputs[o.Name] = make([]float32, o.Value.Type.Elements())
	}
	if err := execute(p, initial, step); err != nil {
		return "", err
	}
	var texts []string
	for _, o := range p.Graph.Outputs {
		var sizes []int
		for _, a := range o.Value.Type.Axes {
			if a.Name != ir.Batch {
				sizes = append(sizes, a.Size)
			}
		}
		text, _ := nested(step.Outputs[o.Name], sizes)
		texts = append(texts, text)
	}
	return strings.Join(texts, ", "), nil
}

// execute runs one step on the reference device.
func execute(p *plan.Plan, initial map[string][]float32, step runtime.Step) error {
	device := reference.New()
	variables, err := device.Variables(p)
	if err != nil {
		return err
	}
	for _, name := range variables.Names() {
		if err := variables.Load(name, initial[name]); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	session, err := device.Open(p, variables)
	if err != nil {
		return err
	}
	return session.Run(step)
}

// nested prints elements as lists inside lists, with six digits, and returns those that are left.
func nested(data []float32, sizes []int) (string, []float32) {
	if len(sizes) == 0 {
		return strconv.FormatFloat(float64(data[0])+0, 'g', 6, 64), data[1:]
	}
	parts := make([]string, sizes[0])
	for i := range parts {
		parts[i], data = nested(data, sizes[1:])
	}
	return "[" + strings.Join(parts, ", ") + "]", data
}
