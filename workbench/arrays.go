package workbench

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// arrayRunner runs a model on arrays as they are, without any preparation.
type arrayRunner struct {
	unchanged func() error // reports that the weights are not what they were
	session   runtime.Session
	input     plan.Buffer
	outputs   []plan.Buffer
}

// openArrays makes the model ready for arrays.
func (w *Workspace) openArrays() (*arrayRunner, error) {
	r := &arrayRunner{unchanged: w.unchanged}
	var inputs []string
	for _, b := range w.Inference.Buffers {
		switch {
		case b.Class == plan.Input && b.Name != runtime.StepInput:
			inputs = append(inputs, b.Name)
			r.input = b
		case b.Class == plan.Output:
			r.outputs = append(r.outputs, b)
		}
	}
	if len(inputs) != 1 {
		return nil, fmt.Errorf("%s has the inputs %v, and arrays are run through models of one input", w.Name, inputs)
	}
	session, err := w.Device.Open(w.Inference, w.Variables)
	if err != nil {
		return nil, fmt.Errorf("open the inference plan on %s: %w", w.Device.Name(), err)
	}
	r.session = session
	return r, nil
}

// run runs the model on an array: one sample [channel, z, y, x], or several with an axis before it.
func (r *arrayRunner) run(t Task) (Outcome, error) {
	in, err := artifact.ReadNPY(t.Input)
	if err != nil {
		return Outcome{}, err
	}
	sample := withoutBatch(r.input.Type)
	samples, batched := 1, false
	switch {
	case slices.Equal(in.Shape, sample):
	case len(in.Shape) == len(sample)+1 && slices.Equal(in.Shape[1:], sample):
		samples, batched = in.Shape[0], true
	default:
		return Outcome{}, fmt.Errorf("its shape is %v, and the input %s is %v, or has one axis more before it for several samples", in.Shape, r.input.Name, sample)
	}
	if i, ok := artifact.Finite(in.Values); !ok {
		return Outcome{}, fmt.Errorf("element %d is %v: replace the values that are not finite", i, in.Values[i])
	}
	out := map[string]*artifact.Array{}
	for _, b := range r.outputs {
		shape := withoutBatch(b.Type)
		if batched {
			shape = append([]int{samples}, shape...)
		}
		out[b.Name] = &artifact.Array{Shape: shape, Values: make([]float32, samples*b.Type.Elements())}
	}
	for s := range samples {
		if err := r.step(in, out, s); err != nil {
			return Outcome{}, err
		}
	}
	if err := r.unchanged(); err != nil {
		return Outcome{}, err
	}
	return writeArrays(t, r.outputs, out)
}

// step runs one sample.
func (r *arrayRunner) step(in *artifact.Array, out map[string]*artifact.Array, s int) error {
	n := r.input.Type.Elements()
	step := runtime.Step{
		Inputs:  map[string][]float32{r.input.Name: in.Values[s*n : (s+1)*n]},
		Outputs: map[string][]float32{},
	}
	for _, b := range r.outputs {
		n := b.Type.Elements()
		step.Outputs[b.Name] = out[b.Name].Values[s*n : (s+1)*n]
	}
	return r.session.Run(step)
}

// withoutBatch returns the shape of one sample.
func withoutBatch(t ir.Type) []int {
	shape := t.Shape()
	if t.Index(ir.Batch) == 0 {
		shape = shape[1:]
	}
	return shape
}

// writeArrays writes the outputs of a model, in the order of its plan.
func writeArrays(t Task, outputs []plan.Buffer, out map[string]*artifact.Array) (Outcome, error) {
	var made Outcome
	for _, b := range outputs {
		file := t.files[b.Name]
		if err := artifact.WriteNPY(file, out[b.Name]); err != nil {
			return Outcome{}, err
		}
		made.Outputs = append(made.Outputs, file)
	}
	return made, nil
}
