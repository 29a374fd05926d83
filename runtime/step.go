package runtime

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/compiler/plan"
)

// StepInput is the name of the input that a session fills in by itself where the caller does not: the number of steps
// done so far, a scalar.
const StepInput = "step"

// CheckStep reports what is wrong with a step for a plan: an input that is missing or has another size, a name that the
// plan does not have.
func CheckStep(p *plan.Plan, s Step) error {
	if err := CheckInputs(p, s.Inputs); err != nil {
		return err
	}
	return CheckOutputs(p, s.Outputs)
}

// CheckInputs reports what is wrong with the inputs of a step.
func CheckInputs(p *plan.Plan, inputs map[string][]float32) error {
	if err := check(p, plan.Input, inputs); err != nil {
		return err
	}
	for _, b := range p.Buffers {
		if _, ok := inputs[b.Name]; b.Class == plan.Input && !ok && (b.Name != StepInput || len(b.Type.Axes) > 0) {
			return fmt.Errorf("run %s: the input %q is missing", p.Name, b.Name)
		}
	}
	return nil
}

// CheckOutputs reports what is wrong with the outputs of a step.
func CheckOutputs(p *plan.Plan, outputs map[string][]float32) error {
	return check(p, plan.Output, outputs)
}

// check compares what is given for one class of buffers with those of the plan.
func check(p *plan.Plan, class plan.Class, given map[string][]float32) error {
	found := 0
	for _, b := range p.Buffers {
		values, ok := given[b.Name]
		if b.Class != class || !ok {
			continue
		}
		found++
		if n := b.Type.Elements(); len(values) != n {
			return fmt.Errorf("run %s: the %s %q has %d elements, not %d", p.Name, class, b.Name, n, len(values))
		}
	}
	if found == len(given) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(p.Buffers, func(b plan.Buffer) bool { return b.Class == class && b.Name == name }) {
			return fmt.Errorf("run %s: the plan has no %s %q", p.Name, class, name)
		}
	}
	return nil
}
