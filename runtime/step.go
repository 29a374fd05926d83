package runtime

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
)

// StepInput is the name of the input that a session fills in by itself where the caller does not: the number of steps
// done so far, a scalar.
const StepInput = "step"

// CheckStep reports what is wrong with a step for a plan: an input that is missing or has another size, a name that the
// plan does not have.
func CheckStep(p *plan.Plan, s Step) error {
	sizes := map[plan.Class]map[string]int{plan.Input: {}, plan.Output: {}}
	for _, b := range p.Buffers {
		if of := sizes[b.Class]; of != nil {
			of[b.Name] = b.Type.Elements()
		}
	}
	for name, size := range sizes[plan.Input] {
		values, ok := s.Inputs[name]
		if !ok && name != StepInput {
			return fmt.Errorf("run %s: the input %q is missing", p.Name, name)
		}
		if ok && len(values) != size {
			return fmt.Errorf("run %s: the input %q has %d elements, not %d", p.Name, name, len(values), size)
		}
	}
	if err := known("input", p, s.Inputs, sizes[plan.Input]); err != nil {
		return err
	}
	if err := known("output", p, s.Outputs, sizes[plan.Output]); err != nil {
		return err
	}
	for name, dst := range s.Outputs {
		if size := sizes[plan.Output][name]; len(dst) != size {
			return fmt.Errorf("run %s: the output %q has %d elements, not %d", p.Name, name, size, len(dst))
		}
	}
	return nil
}

func known(what string, p *plan.Plan, given map[string][]float32, sizes map[string]int) error {
	for name := range given {
		if _, ok := sizes[name]; !ok {
			return fmt.Errorf("run %s: the plan has no %s %q", p.Name, what, name)
		}
	}
	return nil
}
