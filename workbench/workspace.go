package workbench

import (
	"fmt"

	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// Workspace is a model on a device: its plans and the variables that they share. Its variables may stand in files of
// weights, which the model keeps open: it is of no use after the model is closed.
type Workspace struct {
	*Model
	Device    runtime.Device
	Variables runtime.Variables
	needs
}

// Open makes room on a device for the variables of the model's plans, which are zero until Initialise or Load.
func (m *Model) Open(d runtime.Device) (*Workspace, error) {
	bytes := variableBytes(m.Inference) + d.Memory(m.Inference)
	if m.Training != nil {
		training := variableBytes(m.Training) + d.Memory(m.Training)
		if m.Recipe != nil && m.Recipe.Validation > 0 { // both are open at once
			training += d.Memory(m.Inference)
		}
		bytes = max(bytes, training)
	}
	if err := checkMemory(m.Name, bytes); err != nil {
		return nil, err
	}
	v, err := d.Variables(m.plans()...)
	if err != nil {
		return nil, fmt.Errorf("make room for the weights of %s on %s: %w", m.Name, d.Name(), err)
	}
	return &Workspace{Model: m, Device: d, Variables: v, needs: m.needs()}, nil
}

// plans returns the plans that the model has.
func (m *Model) plans() []*plan.Plan {
	if m.Training == nil {
		return []*plan.Plan{m.Inference}
	}
	return []*plan.Plan{m.Inference, m.Training}
}

// Initialise gives every variable the value that it has before the first step: parameters by their initialisation and
// the seed, states what the model says.
func (w *Workspace) Initialise(seed uint64) error {
	done := map[string]bool{}
	for _, p := range w.plans() {
		for _, v := range p.Graph.Values {
			_, name := v.Leaf()
			if done[name] || w.Variables.Size(name) < 0 {
				continue
			}
			values, ok := op.InitialOf(v.Op, seed)
			if !ok {
				continue
			}
			if err := w.Variables.Load(name, values); err != nil {
				return fmt.Errorf("initialise %s: %w", name, err)
			}
			done[name] = true
		}
	}
	return nil
}
