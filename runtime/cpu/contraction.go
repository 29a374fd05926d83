package cpu

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/blocked"
	"github.com/vnlang/vn/runtime/cpu/kernel"
	"github.com/vnlang/vn/runtime/cpu/winograd"
)

// contraction is a convolution or one of its gradients, and how it is computed.
type contraction struct {
	direction kernel.Direction
	geometry  kernel.Convolution
	algorithm algorithm
	cost      cost
	toMaps    kernel.Convolver  // forward, input gradient; nil where the algorithm is direct
	toWeights kernel.Correlator // weight gradient; nil likewise
	keeps     bool              // transformed weights from run to run
}

// choiceThreads is the number of threads whose workspace decides whether an algorithm fits, so that the choice, and with
// it the last bits of results, is the same for any number.
const choiceThreads = 8

// newContraction prepares a convolution anchor for a number of threads, by the first algorithm of a ranking whose workspace
// fits into room bytes; where none does, by the one that needs the least. It returns nil for other anchors.
func newContraction(a *plan.Anchor, threads int, rank ranking, room int64) (*contraction, error) {
	g, d, ok := convolutionOf(a)
	if !ok {
		return nil, nil
	}
	if err := g.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Value, err)
	}
	var least *contraction
	for _, algorithm := range rank(g, d) {
		c := &contraction{direction: d, geometry: g, algorithm: algorithm, cost: algorithm.cost(g, d)}
		if err := c.prepare(choiceThreads); err != nil {
			return nil, fmt.Errorf("%s by %s: %w", a.Value, algorithm, err)
		}
		if least == nil || c.workspace() < least.workspace() {
			least = c
		}
		if 4*int64(c.workspace()) <= room {
			least = c
			break
		}
	}
	if err := least.prepare(threads); err != nil {
		return nil, fmt.Errorf("%s by %s: %w", a.Value, least.algorithm, err)
	}
	return least, nil
}

// prepare makes what the algorithm needs besides memory.
func (c *contraction) prepare(threads int) (err error) {
	weights := c.direction == kernel.DirectionWeightGradient
	switch f := c.algorithm.family; {
	case f == direct:
	case f == minimal && weights:
		c.toWeights, err = winograd.NewWeightGradient(c.geometry, c.algorithm.tile, threads)
	case f == minimal:
		var forward *winograd.Forward
		forward, err = winograd.NewForward(c.geometry, c.direction, c.algorithm.tile, threads)
		c.toMaps = transformed{forward}
	case weights:
		c.toWeights, err = blocked.NewWeightGradient(c.geometry, threads)
	default:
		c.toMaps, err = blocked.New(c.geometry, c.direction, threads)
	}
	return err
}

// workspace returns the float32 values of scratch that a run needs.
func (c *contraction) workspace() int {
	switch {
	case c.toMaps != nil:
		return c.toMaps.Workspace()
	case c.toWeights != nil:
		return c.toWeights.Workspace()
	}
	return c.geometry.Workspace(c.direction)
}

// tasks returns how many tasks a sink may be told of; 0 where it is told of none.
func (c *contraction) tasks() int {
	if c.toMaps != nil {
		return c.toMaps.Tasks()
	}
	return 0
}

// geometryOf returns the geometry of a convolution from its op's attributes, the types of the feature map on its input
// side and on its output side, and the spatial sizes of its kernel. Missing spatial axes have size 1.
func geometryOf(stride, padLow, dilation []int, groups int, in, out ir.Type, size []int) kernel.Convolution {
	c := kernel.Convolution{
		Batch: in.Axes[0].Size, In: in.Axes[1].Size, Out: out.Axes[1].Size, Groups: max(groups, 1),
		Input: [3]int{1, 1, 1}, Output: [3]int{1, 1, 1}, Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
	}
	missing := 3 - len(size)
	for i := range size {
		c.Input[missing+i], c.Output[missing+i] = in.Axes[2+i].Size, out.Axes[2+i].Size
		c.Kernel[missing+i], c.Stride[missing+i] = size[i], stride[i]
		c.PadLow[missing+i], c.Dilation[missing+i] = padLow[i], dilation[i]
	}
	return c
}

// convolutionOf returns the geometry and the direction of an anchor that is a convolution or one of its gradients, and
// false for other anchors.
func convolutionOf(a *plan.Anchor) (kernel.Convolution, kernel.Direction, bool) {
	switch o := a.Op.(type) {
	case op.Convolve:
		return geometryOf(o.Stride, o.PadLow, o.Dilation, o.Groups, a.Types[0], a.Type, a.Types[1].Shape()[2:]), kernel.DirectionForward, true
	case op.ConvolveInput:
		return geometryOf(o.Stride, o.PadLow, o.Dilation, o.Groups, a.Type, a.Types[0], a.Types[1].Shape()[2:]), kernel.DirectionInputGradient, true
	case op.ConvolveWeight:
		return geometryOf(o.Stride, o.PadLow, o.Dilation, o.Groups, a.Types[0], a.Types[1], o.Kernel), kernel.DirectionWeightGradient, true
	}
	return kernel.Convolution{}, 0, false
}

// operands returns where the arguments of a contraction lie: feature maps, and the dense weights behind them for the
// directions that read them.
func (s *Session) operands(a *plan.Anchor) ([2]kernel.Map, error) {
	var maps [2]kernel.Map
	for i, v := range a.Args {
		if err := denseSample(v, a.Types[i]); err != nil {
			return maps, fmt.Errorf("%s: argument %d: %w", a.Value, i, err)
		}
		maps[i] = kernel.Map{Data: s.buffers[v.Buffer][v.Offset:], Stride: sampleStride(v, a.Types[i]), Blocked: s.layout.blocked[v.Buffer]}
	}
	return maps, nil
}

// bind returns a function that computes maps into a sink.
func (c *contraction) bind(s *Session, a *plan.Anchor, maps [2]kernel.Map, outBlocked bool, sink kernel.Sink) func() {
	if c.toMaps == nil {
		epilogue := func(worker, n, channel, start int, values []float32) { sink(worker, 0, n, channel, start, values) }
		return c.bindDirect(s, maps, kernel.View{}, epilogue)
	}
	weight := maps[1].Data
	if t, ok := c.toMaps.(transformed); ok && c.keeps {
		k := t.keep(s, a.Args[1].Buffer)
		return func() {
			u, scratch := k.weights(s, t, weight)
			t.Forward.Run(s.pool, maps[0], u, outBlocked, scratch, sink)
		}
	}
	return func() { c.toMaps.Run(s.pool, maps[0], weight, outBlocked, s.scratch, sink) }
}

// bindDirect returns a function that computes maps directly into plain ones, or into the epilogue.
func (c *contraction) bindDirect(s *Session, maps [2]kernel.Map, out kernel.View, epilogue kernel.Epilogue) func() {
	from, weight := kernel.View{Data: maps[0].Data, Stride: maps[0].Stride}, maps[1].Data
	if c.direction == kernel.DirectionInputGradient {
		return func() { kernel.InputGradient(s.pool, c.geometry, out, from, weight, s.scratch, epilogue) }
	}
	return func() { kernel.Forward(s.pool, c.geometry, out, from, weight, s.scratch, epilogue) }
}

// bindWeights returns a function that computes the gradient of the weights into dense memory.
func (c *contraction) bindWeights(s *Session, maps [2]kernel.Map, out []float32) func() {
	if c.toWeights != nil {
		return func() { c.toWeights.Run(s.pool, maps[0], maps[1], out, s.scratch) }
	}
	in, dOut := kernel.View{Data: maps[0].Data, Stride: maps[0].Stride}, kernel.View{Data: maps[1].Data, Stride: maps[1].Stride}
	return func() { kernel.WeightGradient(s.pool, c.geometry, out, in, dOut, s.scratch) }
}

// denseSample reports an error when a value is not dense within a sample: all axes but the first must be.
func denseSample(v plan.View, t ir.Type) error {
	want := plan.Strides(t.Axes)
	for i := 1; i < len(want); i++ {
		if t.Axes[i].Size > 1 && v.Strides[i] != want[i] {
			return fmt.Errorf("axis %s has stride %d, want %d", t.Axes[i].Name, v.Strides[i], want[i])
		}
	}
	return nil
}

// sampleStride returns the distance from one entry of the first axis to the next.
func sampleStride(v plan.View, t ir.Type) int {
	if len(t.Axes) == 0 {
		return 0
	}
	if t.Axes[0].Size > 1 {
		return v.Strides[0]
	}
	return t.Elements()
}
