package compiler

import (
	"math"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// In float16 the gradients of a loss that is a mean over millions of voxels are smaller than the smallest number. So the
// loss is multiplied by a scale before it is differentiated, and the gradients are divided by it. A scale that is too
// large makes a gradient infinite; then the step changes nothing, and the scale is halved. After some steps without that
// it is doubled (Micikevicius et al., Mixed Precision Training, ICLR 2018, section 3.2). The scale and the number of good
// steps are states of the plan, and are kept in checkpoints with the others; the scale is an output, too.
const (
	firstScale  = 1 << 16
	mostScale   = 1 << 24 // beyond it there is nothing to gain, and it must not become infinite
	growthSteps = 2000
	scaleName   = "loss_scale"
	goodName    = "loss_scale.good_steps"
)

// ScalesLoss reports whether a training plan multiplies its loss by a scale.
func ScalesLoss(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Buffers, func(b plan.Buffer) bool { return b.Class == plan.Variable && b.Name == scaleName })
}

// lossScale is the scale of a training graph.
type lossScale struct {
	builder     *ir.Builder
	scale, good *ir.Value
	finite      *ir.Value // 1 where all gradients are finite numbers, 0 elsewhere
}

// newLossScale appends the scale to a graph.
func newLossScale(g *ir.Graph) *lossScale {
	b := ir.NewBuilder(g)
	return &lossScale{
		builder: b,
		scale:   b.Add(op.State{Name: scaleName, Init: firstScale}),
		good:    b.Add(op.State{Name: goodName}),
	}
}

// of returns the scaled loss.
func (s *lossScale) of(loss *ir.Value) *ir.Value { return s.builder.Add(op.Mul{}, loss, s.scale) }

// unscaled returns the gradients of the loss itself, of those of the scaled one, and notes whether they are finite.
func (s *lossScale) unscaled(g *ir.Graph, gradients []*ir.Value) ([]*ir.Value, error) {
	s.builder = ir.NewBuilder(g) // it has to know the names that differentiation gave
	b := s.builder
	out := make([]*ir.Value, len(gradients))
	for i, d := range gradients {
		small := b.Add(op.Le{}, b.Add(op.Abs{}, d), op.Filled(b, d.Type, math.MaxFloat32)) // 0 for a NaN, too
		if len(d.Type.Axes) > 0 {
			small = b.Add(op.ReduceMin{Axes: axisNames(d.Type)}, small)
		}
		if s.finite == nil {
			s.finite = small
		} else {
			s.finite = b.Add(op.Mul{}, s.finite, small)
		}
		out[i] = b.Add(op.Div{}, d, s.over(s.scale, d.Type))
	}
	return out, b.Err()
}

// guard makes every update keep the old value where a gradient was not finite, and appends those of the scale.
func (s *lossScale) guard(g *ir.Graph) error {
	s.builder = ir.NewBuilder(g)
	b := s.builder
	for i, u := range g.Updates {
		g.Updates[i].Value = b.Add(op.Select{}, s.over(s.finite, u.Value.Type), u.Value, u.Target)
	}
	number := func(v float64) *ir.Value { return b.Add(op.Constant{Value: v}) }
	count := b.Add(op.Add{}, s.good, number(1))
	full := b.Add(op.Ge{}, count, number(growthSteps))
	doubled := b.Add(op.Min{}, b.Add(op.Mul{}, s.scale, number(2)), number(mostScale))
	grown := b.Add(op.Select{}, full, doubled, s.scale)
	halved := b.Add(op.Max{}, b.Add(op.Mul{}, s.scale, number(0.5)), number(1))
	g.Updates = append(g.Updates,
		ir.Update{Target: s.scale, Value: b.Add(op.Select{}, s.finite, grown, halved)},
		ir.Update{Target: s.good, Value: b.Add(op.Select{}, s.finite, b.Add(op.Select{}, full, number(0), count), number(0))})
	g.Outputs = append(g.Outputs, ir.Output{Name: scaleName, Value: s.scale})
	return b.Err()
}

// over returns a scalar for every element of a type.
func (s *lossScale) over(v *ir.Value, t ir.Type) *ir.Value {
	if len(t.Axes) == 0 {
		return v
	}
	return s.builder.Add(op.Broadcast{Axes: t.Axes}, v)
}

func axisNames(t ir.Type) []string {
	names := make([]string, len(t.Axes))
	for i, a := range t.Axes {
		names[i] = a.Name
	}
	return names
}
