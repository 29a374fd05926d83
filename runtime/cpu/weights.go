package cpu

import (
	"github.com/vnlang/vn/runtime/cpu/kernel"
	"github.com/vnlang/vn/runtime/cpu/winograd"
)

// transformed is Winograd's algorithm with the weights transformed in each run.
type transformed struct{ *winograd.Forward }

func (t transformed) Workspace() int { return round(t.Weights()) + t.Forward.Workspace() }

func (t transformed) Run(p *kernel.Pool, in kernel.Map, weight []float32, outBlocked bool, scratch []float32, sink kernel.Sink) {
	u, rest := t.split(scratch)
	t.TransformWeights(p, weight, u, rest)
	t.Forward.Run(p, in, u, outBlocked, rest, sink)
}

// split divides scratch into room for the transformed weights and the workspace of a run.
func (t transformed) split(scratch []float32) (u, rest []float32) {
	return scratch[:t.Weights()], scratch[round(t.Weights()):]
}

// keptWeights are transformed weights that a session keeps from run to run, because its plan only reads them: a second
// volume need not wait for them. The first run uses scratch, so that a session that runs once touches no memory for them.
type keptWeights struct {
	of      *variable
	u       []float32
	version uint64 // of the variable that they were made from; 0: of none
}

// keep makes room for the weights in a buffer. Memory that nobody has written yet takes none of the machine's.
func (t transformed) keep(s *Session, buffer int) *keptWeights {
	return &keptWeights{of: s.variables[s.plan.Buffers[buffer].Name], u: floats(t.Weights())}
}

// weights returns the transformed weights and scratch for a run.
func (k *keptWeights) weights(s *Session, t transformed, weight []float32) (u, scratch []float32) {
	if s.run == 1 {
		u, scratch = t.split(s.scratch)
		t.TransformWeights(s.pool, weight, u, scratch)
		return u, scratch
	}
	if k.version != k.of.version {
		t.TransformWeights(s.pool, weight, k.u, s.scratch)
		k.version = k.of.version
	}
	return k.u, s.scratch
}
