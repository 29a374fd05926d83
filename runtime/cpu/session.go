package cpu

import (
	"fmt"

	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	vnruntime "github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// Session is a plan bound to memory.
type Session struct {
	pool    *kernel.Pool
	plan    *plan.Plan
	buffers [][]float32
	scratch []float32 // workspace of the contractions
	steps   []func()  // one for each kernel
	workers []map[*tape]*worker
	step    vnruntime.Step // that is running
}

// Open binds a plan to memory.
func (d *Device) Open(p *plan.Plan, v vnruntime.Variables) (vnruntime.Session, error) {
	vs, ok := v.(variables)
	if !ok {
		return nil, fmt.Errorf("open %s: the variables are of another device", p.Name)
	}
	s := &Session{pool: d.pool, plan: p, buffers: make([][]float32, len(p.Buffers))}
	arena := floats(int(p.Arena / 4))
	for i, b := range p.Buffers {
		n := b.Type.Elements()
		switch b.Class {
		case plan.InArena:
			if from := int(b.Offset / 4); from+n <= len(arena) { // others are never used
				s.buffers[i] = arena[from : from+n : from+n]
			}
		case plan.Variable:
			values, err := vs.find(b.Name, n)
			if err != nil {
				return nil, fmt.Errorf("open %s: %w", p.Name, err)
			}
			s.buffers[i] = values
		default:
			s.buffers[i] = floats(n)
		}
	}
	most, slots := 0, 0
	for i := range p.Kernels {
		most = max(most, need(&p.Kernels[i]))
	}
	s.scratch = floats(most)
	var tapes []*tape
	for i := range p.Kernels {
		run, t, err := s.bind(&p.Kernels[i])
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", p.Name, err)
		}
		s.steps = append(s.steps, run)
		if t != nil {
			tapes = append(tapes, t)
			slots = max(slots, t.slots)
		}
	}
	for range s.pool.Threads() {
		memory := floats(slots * block)
		w := make(map[*tape]*worker, len(tapes))
		for _, t := range tapes {
			w[t] = t.newWorker(memory)
		}
		s.workers = append(s.workers, w)
	}
	return s, nil
}

// need returns the scratch of a kernel: its anchor's workspace and, where the result cannot be handed on piece by
// piece, the result behind it.
func need(k *plan.Kernel) int {
	if k.Anchor == nil {
		return 0
	}
	n := workspace(k.Anchor)
	if !direct(k) && !streams(k) {
		n = round(n) + k.Anchor.Type.Elements()
	}
	return n
}

// round returns n rounded up to a whole cache line of float32 values.
func round(n int) int { return (n + 15) / 16 * 16 }

// direct reports whether a kernel is its anchor alone, whose result goes to one dense place.
func direct(k *plan.Kernel) bool {
	if len(k.Program) != 1 || k.Program[0].Op != "anchor" || len(k.Stores) != 1 || len(k.Reduces) > 0 {
		return false
	}
	v := k.Stores[0].View
	if _, _, ok := convolutionOf(k.Anchor); ok {
		if _, weight := k.Anchor.Op.(op.ConvolveWeight); !weight {
			return denseSample(v, k.Anchor.Type) == nil
		}
	}
	return denseSample(v, k.Anchor.Type) == nil && sampleStride(v, k.Anchor.Type)*firstSize(k.Anchor) == k.Anchor.Type.Elements()
}

func firstSize(a *plan.Anchor) int {
	if len(a.Type.Axes) == 0 {
		return 1
	}
	return a.Type.Axes[0].Size
}

// streams reports whether the program can run on the anchor's result as it is made: the anchor is a convolution, and
// every operand moves along the voxels of a channel in one stride.
func streams(k *plan.Kernel) bool {
	switch k.Anchor.Op.(type) {
	case op.Convolve, op.ConvolveInput:
	default:
		return false
	}
	if len(k.Reduces) > 0 {
		return false
	}
	var lanes []*lane
	for _, l := range k.Loads {
		lanes = append(lanes, newLane(l.View, l.Bounds))
	}
	for _, s := range k.Stores {
		lanes = append(lanes, newLane(s.View, nil))
	}
	return len(newNest(k.Domain, 2, lanes).sizes) == 3
}

// bind makes a kernel a function over the session's memory. The tape comes back where there is one.
func (s *Session) bind(k *plan.Kernel) (func(), *tape, error) {
	if k.Anchor == nil {
		return s.bindLoop(k, nil, nil)
	}
	anchor, err := s.bindAnchor(k)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case direct(k):
		v := k.Stores[0].View
		out, stride := s.buffers[v.Buffer][v.Offset:], sampleStride(v, k.Anchor.Type)
		return func() { anchor(out, stride, nil) }, nil, nil
	case streams(k):
		t, _, err := newTape(k, 2, s.buffers, nil)
		if err != nil {
			return nil, nil, err
		}
		epilogue := t.epilogue(s)
		return func() { anchor(nil, 0, epilogue) }, t, nil
	}
	from := round(workspace(k.Anchor))
	result := s.scratch[from : from+k.Anchor.Type.Elements()]
	return s.bindLoop(k, result, func() { anchor(result, len(result)/firstSize(k.Anchor), nil) })
}

// bindLoop makes a map over a domain ready to run, after what comes first.
func (s *Session) bindLoop(k *plan.Kernel, result []float32, first func()) (func(), *tape, error) {
	l, err := newLoop(k, s.buffers, result)
	if err != nil {
		return nil, nil, err
	}
	return func() {
		if first != nil {
			first()
		}
		l.run(s)
	}, l.tape, nil
}

// bindAnchor returns a function that computes a kernel's anchor.
func (s *Session) bindAnchor(k *plan.Kernel) (func(out []float32, stride int, e kernel.Epilogue), error) {
	if _, _, ok := convolutionOf(k.Anchor); ok {
		c, err := newContraction(k.Anchor, s.buffers)
		if err != nil {
			return nil, err
		}
		return func(out []float32, stride int, e kernel.Epilogue) { c.run(s, out, stride, e) }, nil
	}
	if _, ok := k.Anchor.Op.(op.MatMul); ok {
		p, err := newProduct(k.Anchor, s.buffers)
		if err != nil {
			return nil, err
		}
		return func(out []float32, _ int, _ kernel.Epilogue) { p.run(s, out) }, nil
	}
	run, err := newWindow(k.Anchor, s.buffers)
	if err != nil {
		return nil, err
	}
	return func(out []float32, _ int, _ kernel.Epilogue) { run(s, out) }, nil
}

// worker returns a worker's memory for a tape.
func (s *Session) worker(id int, t *tape) *worker { return s.workers[id][t] }

// Run runs a step.
func (s *Session) Run(step vnruntime.Step) error {
	if err := vnruntime.CheckStep(s.plan, step); err != nil {
		return err
	}
	for i, b := range s.plan.Buffers {
		if b.Class != plan.Input {
			continue
		}
		if values, ok := step.Inputs[b.Name]; ok {
			copy(s.buffers[i], values)
		} else {
			s.buffers[i][0] = float32(step.Step) // the input "step"
		}
	}
	s.step = step
	for _, run := range s.steps {
		run()
	}
	for i, b := range s.plan.Buffers {
		if b.Class == plan.Output {
			copy(step.Outputs[b.Name], s.buffers[i])
		}
	}
	return nil
}

// Close lets go of the session's memory.
func (s *Session) Close() error {
	*s = Session{}
	return nil
}
