package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

const (
	labelName = "label" // what a loss calls the label of the sample
	stepName  = "step"  // what an optimizer calls the number of steps done
)

// Loss emits the loss of a train declaration into the model's graph and returns its mean over the batch, a single
// number. The expression sees the model's stages, its inputs, and `label`: the label of the sample, one class number
// for each voxel, on the grid of the model's first input. A stage or an input of that name is an error: the loss could
// not see both. So is an input called `step`, which training feeds to the optimizer.
func (m *Model) Loss(t *Train) (Ref, diag.List) {
	e := m.machine
	first := len(e.found)
	if t.loss == nil || len(m.Inputs) == 0 {
		return nil, nil
	}
	if e.takesName(m, t) {
		return nil, slices.Clone(e.found[first:])
	}
	e.place, e.stage = inLoss, ""
	e.frame = &frame{unit: m.unit, names: map[string]*binding{}, scope: newScope("loss")}
	for _, in := range m.Inputs {
		e.frame.names[in.Name] = &binding{value: in.Tensor}
	}
	for _, s := range m.Stages {
		e.frame.names[s.Name] = &binding{s.Tensor, s.At}
	}
	e.frame.names[labelName] = &binding{value: e.label(m)}
	loss := e.lossValue(t)
	if loss == nil {
		return nil, slices.Clone(e.found[first:])
	}
	m.loss = loss
	return loss.Ref, slices.Clone(e.found[first:])
}

// fed are the names of what training feeds to a model, beside its inputs.
var fed = map[string]string{labelName: "the sample's label", stepName: "the number of steps done"}

// takesName reports an input that has the name of what training feeds, or a stage that the label would hide.
func (e *elaborator) takesName(m *Model, t *Train) bool {
	what, name, at := "", "", source.Span{}
	for _, in := range m.Inputs {
		if fed[in.Name] != "" && in.At.Known() { // not one that training has fed already
			what, name, at = "input", in.Name, in.At
		}
	}
	for _, s := range m.Stages {
		if s.Name == labelName {
			what, name, at = "stage", s.Name, s.At
		}
	}
	if what == "" {
		return false
	}
	e.report(&diag.Diagnostic{Code: "name/duplicate", At: at,
		Summary: fmt.Sprintf("the %s `%s` has the name of %s", what, name, fed[name]),
		Notes:   []diag.Note{{Text: "the model is trained here, where a loss sees `label` and an optimizer `step`", At: t.At}},
		Help:    fmt.Sprintf("give the %s another name", what)})
	return true
}

// label emits the input that holds the sample's label.
func (e *elaborator) label(m *Model) *Tensor {
	axes := m.Inputs[0].Tensor.space()
	e.binding = labelName
	t := e.emit("input", map[string]any{"name": labelName, "axes": e.full(axes, true)}, axes, true)
	e.binding = ""
	m.Inputs = append(m.Inputs, Input{Name: labelName, Tensor: t})
	return t
}

// lossValue computes the loss and takes its mean over the batch.
func (e *elaborator) lossValue(t *Train) *Tensor {
	e.here = pointAt(t.loss.Value)
	v := e.eval(t.loss.Value)
	e.here = pointAt(t.loss.Value)
	loss, ok := v.(*Tensor)
	switch {
	case isUnknown(v):
		return nil
	case !ok:
		d := e.fail("train/loss", t.loss.Value, "a loss is a tensor, but this is %s", describe(v))
		if b, isBlock := v.(*Block); isBlock {
			d.Help = "give `" + b.Name() + "` what the model makes and the label: " + b.Name() + "(output[1], label)"
		}
		return nil
	case len(loss.Axes) > 0:
		e.fail("train/loss", t.loss.Value, "a loss is a single number, but this is a %s", loss).Help =
			"reduce it: mean(...) or sum(...)"
		return nil
	}
	if !loss.Batched {
		return loss
	}
	return e.mean(loss, []string{batchAxis})
}

// Optimize emits one step of the optimizer for a parameter, given the gradient of the loss, and returns the
// parameter's next value. The states that the optimizer makes belong to the parameter; the parameter's update and
// theirs are added to m.Updates.
func (m *Model) Optimize(t *Train, p *Parameter, gradient Ref) (Ref, diag.List) {
	e := m.machine
	first := len(e.found)
	if t.Optimizer == nil {
		return nil, nil
	}
	e.place, e.stage = inOptimizer, p.Stage
	e.frame = &frame{unit: m.unit, names: map[string]*binding{}, scope: newScope(p.Name)}
	e.here = pointAt(t.optimizer.Value)
	given := map[string]*argument{}
	for _, param := range t.Optimizer.decl.Params {
		switch param.Name.Text {
		case "weight":
			given["weight"] = &argument{value: p.Tensor}
		case "gradient":
			given["gradient"] = &argument{value: &Tensor{Axes: p.Tensor.Axes, DType: p.Tensor.DType, Ref: gradient}}
		case "step":
			given["step"] = &argument{value: e.stepInput()}
		}
	}
	call, ok := t.optimizer.Value.(*syntax.Call)
	if !ok {
		call = &syntax.Call{Fun: t.optimizer.Value}
		call.At = t.optimizer.Value.Span()
	}
	next := e.nextWeight(t, p, e.apply(call, t.Optimizer, given, e.frame.scope))
	if next == nil {
		return nil, slices.Clone(e.found[first:])
	}
	m.Updates = append(m.Updates, Update{p.Name, p.Tensor.Ref, next.Ref})
	return next.Ref, slices.Clone(e.found[first:])
}

// nextWeight checks what an optimizer returned.
func (e *elaborator) nextWeight(t *Train, p *Parameter, v Value) *Tensor {
	next, ok := v.(*Tensor)
	switch {
	case isUnknown(v):
		return nil
	case !ok || next.Batched || !sameAxes(next.Axes, p.Tensor.Axes):
		e.fail("train/optimizer", t.optimizer.Value, "`%s` must return the weight's next value, a %s, but it returns %s",
			t.Optimizer.Name(), p.Tensor, describe(v))
		return nil
	}
	return next
}

// stepInput is the number of steps done so far, 0 in the first.
func (e *elaborator) stepInput() *Tensor {
	if e.step == nil {
		name := e.binding
		e.binding = stepName
		e.step = e.emit("input", map[string]any{"name": stepName, "axes": []Axis(nil)}, nil, false)
		e.binding = name
		e.model.Inputs = append(e.model.Inputs, Input{Name: stepName, Tensor: e.step})
	}
	return e.step
}
