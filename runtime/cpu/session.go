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
	device  *Device
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
	if bytes := d.Memory(p); bytes > limit() {
		return nil, fmt.Errorf("open %s: %w", p.Name, tooLarge("its feature maps", bytes))
	}
	s := &Session{device: d, pool: d.pool, plan: p, buffers: make([][]float32, len(p.Buffers))}
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
	switch {
	case k.Anchor == nil:
		l, err := newLoop(k, s.buffers, nil)
		if err != nil {
			return nil, nil, err
		}
		return l.bind(s), l.tape, nil
	case direct(k):
		v := k.Stores[0].View
		run, err := s.bindAnchor(k.Anchor, s.buffers[v.Buffer][v.Offset:], sampleStride(v, k.Anchor.Type), nil)
		return run, nil, err
	case streams(k):
		t, _, err := newTape(k, 2, s.buffers, nil)
		if err != nil {
			return nil, nil, err
		}
		run, err := s.bindAnchor(k.Anchor, nil, 0, t.epilogue(s))
		return run, t, err
	}
	from := round(workspace(k.Anchor))
	result := s.scratch[from : from+k.Anchor.Type.Elements()]
	first, err := s.bindAnchor(k.Anchor, result, len(result)/firstSize(k.Anchor), nil)
	if err != nil {
		return nil, nil, err
	}
	l, err := newLoop(k, s.buffers, result)
	if err != nil {
		return nil, nil, err
	}
	then := l.bind(s)
	return func() {
		first()
		then()
	}, l.tape, nil
}

// bindAnchor returns a function that computes an anchor into out, whose entries along the first axis lie stride apart,
// or hands it to the epilogue when that is not nil. What the function needs is made here, so that it allocates nothing.
func (s *Session) bindAnchor(a *plan.Anchor, out []float32, stride int, epilogue kernel.Epilogue) (func(), error) {
	if _, _, ok := convolutionOf(a); ok {
		c, err := newContraction(a, s.buffers)
		if err != nil {
			return nil, err
		}
		return func() { c.run(s, out, stride, epilogue) }, nil
	}
	if _, ok := a.Op.(op.MatMul); ok {
		p, err := newProduct(a, s.buffers)
		if err != nil {
			return nil, err
		}
		return func() { p.run(s, out) }, nil
	}
	tasks, task, err := newWindow(a, s.buffers, out)
	if err != nil {
		return nil, err
	}
	run := func(_, i int) { task(i) }
	return func() { s.pool.Run(tasks, run) }, nil
}

// worker returns a worker's memory for a tape.
func (s *Session) worker(id int, t *tape) *worker { return s.workers[id][t] }

// Run runs a step.
func (s *Session) Run(step vnruntime.Step) error {
	if err := vnruntime.CheckStep(s.plan, step); err != nil {
		return err
	}
	s.device.busy.Lock()
	defer s.device.busy.Unlock()
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
