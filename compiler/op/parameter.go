package op

import (
	"errors"
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Parameter is a trained weight. Its name says where it stands in the model, and is how checkpoints know it. Init says
// what it is before the first step, see InitialValue:
//
//	zeros, ones     0, 1
//	constant        Gain
//	uniform         uniform between -Gain/sqrt(FanIn) and +Gain/sqrt(FanIn)
//	msra            normal with the deviation Gain sqrt(2/FanIn)
//	msra_average    normal with the deviation sqrt(2/((FanIn+FanOut)/2))
//	normal          normal with the deviation Gain
type Parameter struct {
	Name   string
	Axes   []ir.Axis
	Init   string
	Gain   float64
	FanIn  int // numbers that one element of the result is summed from
	FanOut int // elements of the result that one number of the argument enters
}

// Kind returns "parameter".
func (Parameter) Kind() string { return ir.LeafParameter }

// Leaf returns the kind and the name by which it is kept.
func (p Parameter) Leaf() (kind, name string) { return ir.LeafParameter, p.Name }

// Infer returns the f32 type with the op's axes, and checks that the initial value is well described.
func (p Parameter) Infer(args []ir.Type) (ir.Type, error) {
	if p.Name == "" {
		return ir.Type{}, errors.New("the parameter has no name")
	}
	if err := p.checkInit(); err != nil {
		return ir.Type{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	return leafType(args, p.Axes)
}

// checkInit reports a kind of initial value that is not known, or lacks what it is computed from.
func (p Parameter) checkInit() error {
	init, ok := initials[p.Init]
	switch {
	case !ok:
		return fmt.Errorf("there is no initial value %q", p.Init)
	case init.gain && !(p.Gain > 0):
		return fmt.Errorf("the initial value %s wants a gain above 0, not %v", p.Init, p.Gain)
	case init.fanIn && p.FanIn < 1:
		return fmt.Errorf("the initial value %s wants a fan in of at least 1, not %d", p.Init, p.FanIn)
	case init.fanOut && p.FanOut < 1:
		return fmt.Errorf("the initial value %s wants a fan out of at least 1, not %d", p.Init, p.FanOut)
	}
	return nil
}

// Gradient has nothing to pass on: there are no arguments.
func (Parameter) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value { return nil }

// Evaluate gives the value before the first step.
func (p Parameter) Evaluate(c ir.Context, out *ir.Tensor, _ []*ir.Tensor) {
	for i, x := range InitialValue(p, c.Seed) {
		out.Data[i] = float64(x)
	}
}

// Cost is none.
func (Parameter) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
