package workbench

import (
	"errors"
	"fmt"
	"math"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/train"
)

// Workspace is a model on a device: its plans and the variables that they share.
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
		bytes = max(bytes, variableBytes(m.Training)+d.Memory(m.Training))
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

// Load loads weights by their names. All that the inference needs must be there, with the right shapes and finite
// values, else the error says what is missing and what is there instead; an optimizer's states may be. It returns the
// names of tensors that the model has no use for.
func (w *Workspace) Load(t *artifact.Tensors, from string) (unused []string, err error) {
	unused, err = w.compare(w.Name, t, from)
	if err != nil {
		return nil, err
	}
	for _, info := range t.Infos() {
		if w.Variables.Size(info.Name) < 0 {
			continue
		}
		values := make([]float32, info.Elements())
		if err := t.Read(info.Name, values); err != nil {
			return nil, err
		}
		if i, ok := finite(values); !ok {
			return nil, fmt.Errorf("load weights from %s: %s[%d] is %v: a training that diverged wrote them; take an earlier checkpoint", from, info.Name, i, values[i])
		}
		if err := w.Variables.Load(info.Name, values); err != nil {
			return nil, fmt.Errorf("load weights from %s: %s: %w", from, info.Name, err)
		}
	}
	return unused, nil
}

// LoadFile loads weights from a safetensors file; see Load.
func (w *Workspace) LoadFile(path string) (unused []string, err error) {
	file, err := artifact.OpenTensors(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return w.Load(file.Tensors, path)
}

// ErrNoWeights is the error of a model that was never trained.
var ErrNoWeights = errors.New("the model has no trained weights")

// LoadOwn loads the weights that came with the model; ErrNoWeights where none did.
func (w *Workspace) LoadOwn() (unused []string, err error) {
	if w.Weights() == nil {
		return nil, fmt.Errorf("%s: %w", w.Path, ErrNoWeights)
	}
	return w.Load(w.Weights(), w.Path)
}

// weights returns what an artifact keeps: the variables of the inference and all parameters.
func (w *Workspace) weights() []artifact.Tensor {
	var out []artifact.Tensor
	for _, t := range train.Tensors(w.Variables, w.shapes) {
		if w.required[t.Name] {
			out = append(out, t)
		}
	}
	return out
}

// finite returns the place of the first value that is NaN or infinite.
func finite(values []float32) (place int, ok bool) {
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return i, false
		}
	}
	return 0, true
}
