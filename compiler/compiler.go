// Package compiler turns a program into execution plans.
//
// A model has two plans: the inference plan, its outputs from its inputs for one sample, and the training plan, one
// step of its train declaration, with the loss, the gradients and the optimizer's update. Each is the work of the same
// steps, one after the other:
//
//	elaborate      run the model's body; tensors become values of the graph     lang/eval
//	differentiate  append the gradients of the loss, and the optimizer (training) compiler/grad
//	optimise       passes from graph to graph                                     compiler/pass
//	plan           decide what is computed together, and where it lies            compiler/plan
//
// What each step left can be looked at: vnc compile --emit ir, grad, fused and plan.
package compiler

import (
	"fmt"

	"github.com/vnlang/vn/compiler/grad"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/pass"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
)

// Options say how a model is compiled.
type Options struct {
	Set    map[string]string // parameters of the model from outside, as text of the language
	Batch  int               // samples in a step; 0: 1 for inference, the recipe's batch for training
	Verify bool              // verify the graph after every pass

	// ScaleLoss makes training multiply the loss by a scale that it adapts, so that gradients do not vanish in float16.
	ScaleLoss bool
}

// Compiled is a model compiled for one mode.
type Compiled struct {
	Model *eval.Model
	Train *eval.Train // of a training plan
	Graph *ir.Graph   // as elaborated
	Grad  *ir.Graph   // with gradients and updates; nil for inference
	Plan  *plan.Plan
}

// Inference compiles a model's outputs. The error is a fault of the compiler; what is wrong with the program is in the
// list, and then there is no plan.
func Inference(p *eval.Program, model string, o Options) (*Compiled, diag.List, error) {
	batch := max(o.Batch, 1)
	g, l := newGraph(model, ir.Inference, batch)
	m, found := p.Elaborate(model, eval.Options{Batch: batch, Set: o.Set, Graph: l})
	if found.HasErrors() {
		return &Compiled{Model: m}, found, nil
	}
	for _, out := range m.Outputs {
		g.Outputs = append(g.Outputs, ir.Output{Name: out.Name, Value: out.Tensor.Ref.(*ir.Value)})
	}
	c := &Compiled{Model: m, Graph: ir.Clone(g)}
	return c, found, c.finish(g, o)
}

// Training compiles one step of a model's train declaration. Its output is "loss", a scalar. Errors are as those of
// Inference.
func Training(p *eval.Program, model string, o Options) (*Compiled, diag.List, error) {
	t, found := p.Train(model)
	if found.HasErrors() {
		return &Compiled{Train: t}, found, nil
	}
	batch := o.Batch
	if batch < 1 {
		batch = t.Batch
	}
	g, l := newGraph(model, ir.Training, batch)
	m, errs := p.Elaborate(model, eval.Options{Batch: batch, Training: true, Set: o.Set, Graph: l})
	found = append(found, errs...)
	c := &Compiled{Model: m, Train: t}
	if found.HasErrors() {
		return c, found, nil
	}
	loss, errs := m.Loss(t)
	if found = append(found, errs...); found.HasErrors() {
		return c, found, nil
	}
	lossValue := loss.(*ir.Value)
	g.Outputs = []ir.Output{{Name: "loss", Value: lossValue}}
	c.Graph = ir.Clone(g)
	errs, err := differentiate(g, l, m, t, lossValue, o.ScaleLoss)
	if found = append(found, errs...); err != nil || found.HasErrors() {
		return c, found, err
	}
	c.Grad = ir.Clone(g)
	return c, found, c.finish(g, o)
}

// newGraph returns an empty graph, and what the elaborator emits into.
func newGraph(name string, mode ir.Mode, batch int) (*ir.Graph, *lowering) {
	g := &ir.Graph{Name: name, Mode: mode, Batch: batch}
	return g, &lowering{ir.NewBuilder(g)}
}

// differentiate appends the gradient of the loss for each parameter, and the optimizer's update.
func differentiate(g *ir.Graph, l *lowering, m *eval.Model, t *eval.Train, loss *ir.Value, scaled bool) (diag.List, error) {
	weights := make([]*ir.Value, len(m.Parameters))
	for i, p := range m.Parameters {
		weights[i] = p.Tensor.Ref.(*ir.Value)
	}
	var scale *lossScale
	if scaled {
		scale = newLossScale(g)
		loss = scale.of(loss)
	}
	gradients, err := grad.Backward(g, loss, weights)
	if err == nil && scaled {
		gradients, err = scale.unscaled(g, gradients)
	}
	if err != nil {
		return nil, err
	}
	l.builder = ir.NewBuilder(g) // it has to know the names that differentiation gave
	for i, p := range m.Parameters {
		if _, found := m.Optimize(t, p, gradients[i]); found.HasErrors() {
			return found, nil // the same for every parameter
		}
	}
	for _, u := range m.Updates {
		g.Updates = append(g.Updates, ir.Update{Target: u.Target.(*ir.Value), Value: u.Value.(*ir.Value)})
	}
	if scaled {
		return nil, scale.guard(g)
	}
	return nil, nil
}

// finish optimises and plans the graph.
func (c *Compiled) finish(g *ir.Graph, o Options) error {
	if err := pass.Run(g, o.Verify); err != nil {
		return fmt.Errorf("compile %s: %w", g.Name, err)
	}
	p, err := plan.Build(g)
	if err != nil {
		return fmt.Errorf("compile %s: %w", g.Name, err)
	}
	c.Plan = p
	return nil
}
