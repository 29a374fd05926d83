package cpu

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// program is what a device decides about a plan before it takes memory: the algorithm of each contraction, the layout of
// the buffers, and how each kernel's result is handed on.
type program struct {
	layout  *layout
	kernels []decision
	scratch int // float32 values that the neediest kernel takes beside its operands
	sums    int // float64 values in which the tasks of contractions keep their parts of sums
	kept    int // float32 values of transformed weights that are kept from run to run
}

// bytes returns what a session of the plan takes, its variables left out, and what it keeps of them from run to run.
func (g *program) bytes(p *plan.Plan) int64 { return feature(p) + 4*int64(g.scratch) + 8*int64(g.sums) }

// feature returns the bytes of a plan's feature maps: the arena, inputs and outputs.
func feature(p *plan.Plan) int64 {
	total := p.Arena
	for _, b := range p.Buffers {
		if b.Class == plan.Input || b.Class == plan.Output {
			total += b.Bytes()
		}
	}
	return total
}

// decision is what was decided about a kernel.
type decision struct {
	contraction *contraction // nil where the anchor is none
	hand        handing
}

// handing is how an anchor's result reaches the kernel's program.
type handing int

const (
	noAnchor handing = iota
	inPlace          // written straight to where the kernel stores it
	inRuns           // given to the program run by run, as it is made
	whole            // written to scratch, for the program to read
)

// decide prepares a plan.
func (d *Device) decide(p *plan.Plan) (*program, error) {
	g := &program{kernels: make([]decision, len(p.Kernels))}
	contractions := map[*plan.Kernel]*contraction{}
	for i := range p.Kernels {
		k := &p.Kernels[i]
		if k.Anchor == nil {
			continue
		}
		c, err := newContraction(k.Anchor, d.pool.Threads(), d.rank, d.room()-feature(p))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		g.kernels[i].contraction = c
		contractions[k] = c
	}
	g.layout = newLayout(p, func(k *plan.Kernel) bool {
		c := contractions[k]
		return c != nil && c.algorithm.byBlocks()
	})
	for i := range p.Kernels {
		k := &p.Kernels[i]
		g.kernels[i].hand = g.handing(k, g.kernels[i].contraction)
		g.scratch = max(g.scratch, g.need(k, &g.kernels[i]))
	}
	g.keepWeights(p, d.spare(p, g.bytes(p)))
	return g, nil
}

// keepWeights lets contractions keep their transformed weights while they fit into room bytes.
func (g *program) keepWeights(p *plan.Plan, room int64) {
	for i := range p.Kernels {
		c := g.kernels[i].contraction
		if c == nil {
			continue
		}
		t, ok := c.toMaps.(transformed)
		if !ok {
			continue
		}
		weight := p.Kernels[i].Anchor.Args[1]
		bytes := 4 * int64(t.Weights())
		if p.Buffers[weight.Buffer].Class == plan.Variable && !writes(p, weight.Buffer) && bytes <= room {
			c.keeps = true
			room -= bytes
			g.kept += t.Weights()
		}
	}
}

// writes reports whether a kernel of the plan writes a buffer.
func writes(p *plan.Plan, buffer int) bool {
	return slices.ContainsFunc(p.Kernels, func(k plan.Kernel) bool {
		return slices.ContainsFunc(k.Stores, func(s plan.Store) bool { return s.Buffer == buffer }) ||
			slices.ContainsFunc(k.Reduces, func(r plan.Reduce) bool { return r.Buffer == buffer })
	})
}

// handing decides how a kernel's anchor hands its result on.
func (g *program) handing(k *plan.Kernel, c *contraction) handing {
	switch {
	case k.Anchor == nil:
		return noAnchor
	case alone(k) && (c == nil || c.toMaps == nil):
		v := k.Stores[0].View
		whole := sampleStride(v, k.Anchor.Type)*firstSize(k.Anchor) == k.Anchor.Type.Elements()
		maps := c != nil && c.direction != kernel.DirectionWeightGradient
		if !g.layout.blocked[v.Buffer] && denseSample(v, k.Anchor.Type) == nil && (maps || whole) {
			return inPlace
		}
	}
	if c != nil && c.direction != kernel.DirectionWeightGradient {
		if sums, ok := g.streams(k, c); ok {
			g.sums += sums
			return inRuns
		}
	}
	return whole
}

// alone reports whether a kernel is its anchor alone, whose result goes to one place.
func alone(k *plan.Kernel) bool {
	return len(k.Program) == 1 && k.Program[0].Op == "anchor" && len(k.Stores) == 1 && len(k.Reduces) == 0
}

// streams reports whether a program can run on a convolution's result as it is made: every operand moves along the voxels
// of a channel, or of a block of channels, in one stride; and what is reduced is summed by task, in so many float64 values.
func (g *program) streams(k *plan.Kernel, c *contraction) (sums int, ok bool) {
	split := g.layout.splits(k)
	var lanes []*lane
	for _, l := range k.Loads {
		w, _ := g.layout.walk(k, split, l.View, l.Bounds)
		lanes = append(lanes, newLane(w))
	}
	for _, o := range k.Stores {
		w, _ := g.layout.walk(k, split, o.View, nil)
		lanes = append(lanes, newLane(w))
	}
	var reducers []*reducer
	for _, r := range k.Reduces {
		o := newReducer(r, k.Domain, split, nil)
		if c.tasks() == 0 || o.keepsInner() {
			return 0, false
		}
		reducers = append(reducers, o)
		lanes = append(lanes, o.lane)
	}
	n := newNest(k.Domain, split, 2, lanes)
	for _, r := range reducers {
		if r.results(n) > maxPartials/c.tasks() {
			return 0, false
		}
		sums += r.results(n) * c.tasks()
	}
	return sums, len(n.sizes) == 3
}

// need returns the scratch of a kernel: its anchor's workspace and, where the result is handed on as a whole, the result
// behind it.
func (g *program) need(k *plan.Kernel, d *decision) int {
	if k.Anchor == nil {
		return 0
	}
	n := matricesWorkspace(k.Anchor)
	if d.contraction != nil {
		n = d.contraction.workspace()
	}
	if d.hand == whole {
		n = round(n) + k.Anchor.Type.Elements()
	}
	return n
}

// round returns n rounded up to a whole cache line of float32 values.
func round(n int) int { return (n + 15) / 16 * 16 }

func firstSize(a *plan.Anchor) int {
	if len(a.Type.Axes) == 0 {
		return 1
	}
	return a.Type.Axes[0].Size
}

// note tells the profile what was decided about a kernel.
func (d *decision) note(k *plan.Kernel) kernelNote {
	c := d.contraction
	if c == nil {
		return kernelNote{}
	}
	riding := k.Cost.FLOPs - int64(c.geometry.FLOPs())
	return kernelNote{Algorithm: c.algorithm.String(), TrueFLOPs: int64(c.cost.flops()) + max(riding, 0), Predicted: c.cost.seconds()}
}
