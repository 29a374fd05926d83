package train

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// Shapes returns the shapes of the variables of plans by name, in memory order.
func Shapes(plans ...*plan.Plan) map[string][]int {
	shapes := map[string][]int{}
	for _, p := range plans {
		for _, b := range p.Buffers {
			if b.Class == plan.Variable {
				shapes[b.Name] = b.Type.Shape()
			}
		}
	}
	return shapes
}

// LoadWeights loads every variable from the tensor of its name. It returns the names of the tensors that no variable
// takes, such as an optimizer's states for an inference. A tensor that is missing or has another shape is an error,
// and nothing is loaded then. Shapes are those of the plans that the variables belong to; see Shapes.
func LoadWeights(t *artifact.Tensors, v runtime.Variables, shapes map[string][]int) (unused []string, err error) {
	names := v.Names()
	var missing []string
	for _, name := range names {
		info, found := t.Info(name)
		switch shape, known := shapes[name]; {
		case !found:
			missing = append(missing, name)
		case known && !slices.Equal(shape, info.Shape), info.Elements() != v.Size(name):
			return nil, fmt.Errorf("load weights: %s has shape %v in the file, and %v in the model: these are weights of another model, or of other settings", name, info.Shape, shape)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("load weights: the file has no %s: these are weights of another model, or of other settings", enumerate(missing))
	}
	var buffer []float32
	for _, name := range names {
		n := v.Size(name)
		buffer = slices.Grow(buffer[:0], n)[:n]
		if err := t.Read(name, buffer); err != nil {
			return nil, err
		}
		if err := v.Load(name, buffer); err != nil {
			return nil, fmt.Errorf("load weights: %s: %w", name, err)
		}
	}
	for _, info := range t.Infos() {
		if v.Size(info.Name) < 0 {
			unused = append(unused, info.Name)
		}
	}
	return unused, nil
}

// Tensors returns the variables that shapes names (see Shapes) as tensors to be written, sorted by name. With the shapes
// of the inference plan alone, the optimizer's states are left out.
func Tensors(v runtime.Variables, shapes map[string][]int) []artifact.Tensor {
	var tensors []artifact.Tensor
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		fill := func(dst []float32) error { return v.Store(name, dst) }
		tensors = append(tensors, artifact.Tensor{Name: name, Shape: shapes[name], Fill: fill})
	}
	return tensors
}
