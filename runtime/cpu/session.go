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
	device    *Device
	pool      *kernel.Pool
	plan      *plan.Plan
	layout    *layout
	variables variables
	buffers   [][]float32
	writes    []*variable // what the plan updates
	scratch   []float32   // workspace of the contractions
	steps     []func()    // one for each kernel
	workers   []map[*tape]*worker
	step      vnruntime.Step // that is running
	run       uint64         // counts the runs
	profile   profile
}

// Open binds a plan to memory.
func (d *Device) Open(p *plan.Plan, v vnruntime.Variables) (vnruntime.Session, error) {
	vs, ok := v.(variables)
	if !ok {
		return nil, fmt.Errorf("open %s: the variables are of another device", p.Name)
	}
	g, err := d.decide(p)
	if err != nil {
		return nil, fmt.Errorf("open %w", err)
	}
	if bytes := g.bytes(p); bytes > limit() {
		return nil, fmt.Errorf("open %s: %w", p.Name, tooLarge("its feature maps", bytes))
	}
	s := &Session{device: d, pool: d.pool, plan: p, layout: g.layout, variables: vs, buffers: make([][]float32, len(p.Buffers))}
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
			if writes(p, i) {
				s.writes = append(s.writes, vs[b.Name])
			}
		default:
			s.buffers[i] = floats(n)
		}
	}
	slots := 0
	s.scratch = floats(g.scratch)
	var tapes []*tape
	for i := range p.Kernels {
		run, t, err := s.bind(&p.Kernels[i], &g.kernels[i])
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", p.Name, err)
		}
		s.steps = append(s.steps, run)
		s.profile.notes = append(s.profile.notes, g.kernels[i].note(&p.Kernels[i]))
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

// bind makes a kernel a function over the session's memory. The tape comes back where there is one.
func (s *Session) bind(k *plan.Kernel, d *decision) (func(), *tape, error) {
	switch d.hand {
	case noAnchor:
		l, err := newLoop(s, k, nil)
		if err != nil {
			return nil, nil, err
		}
		return l.bind(s), l.tape, nil
	case inPlace:
		v := k.Stores[0].View
		run, err := s.bindAnchor(k.Anchor, d.contraction, s.buffers[v.Buffer][v.Offset:], sampleStride(v, k.Anchor.Type))
		return run, nil, err
	case inRuns:
		return s.bindRuns(k, d.contraction)
	}
	elements := k.Anchor.Type.Elements()
	from := len(s.scratch) - elements // behind every workspace
	result := s.scratch[from:]
	first, err := s.bindAnchor(k.Anchor, d.contraction, result, elements/firstSize(k.Anchor))
	if err != nil {
		return nil, nil, err
	}
	l, err := newLoop(s, k, result)
	if err != nil {
		return nil, nil, err
	}
	then := l.bind(s)
	return func() {
		first()
		then()
	}, l.tape, nil
}

// bindRuns makes a convolution a function that runs the kernel's program on the result as it is made.
func (s *Session) bindRuns(k *plan.Kernel, c *contraction) (func(), *tape, error) {
	t, reducers, err := newTape(s, k, 2, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range reducers {
		r.prepare(t.nest, c.tasks())
	}
	maps, err := s.operands(k.Anchor)
	if err != nil {
		return nil, nil, err
	}
	run := c.bind(s, k.Anchor, maps, s.layout.splits(k), t.sink(s, reducers))
	if len(reducers) == 0 {
		return run, t, nil
	}
	return func() {
		for _, r := range reducers {
			for task := range r.tasks {
				r.begin(task)
			}
		}
		run()
		for _, r := range reducers {
			r.finish()
		}
	}, t, nil
}

// bindAnchor returns a function that computes an anchor into out, in plain order, whose entries along the first axis lie
// stride apart. What the function needs is made here, so that it allocates nothing.
func (s *Session) bindAnchor(a *plan.Anchor, c *contraction, out []float32, stride int) (func(), error) {
	if c != nil {
		maps, err := s.operands(a)
		switch {
		case err != nil:
			return nil, err
		case c.direction == kernel.DirectionWeightGradient:
			return c.bindWeights(s, maps, out), nil
		case c.toMaps == nil:
			return c.bindDirect(s, maps, kernel.View{Data: out, Stride: stride}, nil), nil
		}
		voxels := volume(a.Type)
		return c.bind(s, a, maps, false, func(_, _, n, channel, start int, values []float32) {
			copy(out[n*stride+channel*voxels+start:], values)
		}), nil
	}
	if _, ok := a.Op.(op.MatMul); ok {
		p, err := newMatrices(a, s.buffers)
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
	s.run++
	for i, run := range s.steps {
		s.profile.run(i, run)
	}
	for _, v := range s.writes {
		v.version++
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
