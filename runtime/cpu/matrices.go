package cpu

import (
	"fmt"

	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// matrices is a matrix product made ready to run.
type matrices struct {
	batch, m, n, k int
	a, b           []float32
}

func newMatrices(a *plan.Anchor, buffers [][]float32) (*matrices, error) {
	p := &matrices{batch: 1}
	for i, v := range a.Args {
		if err := denseSample(v, a.Types[i]); err != nil {
			return nil, fmt.Errorf("%s: argument %d: %w", a.Value, i, err)
		}
	}
	last := len(a.Type.Axes) - 1
	for _, x := range a.Type.Axes[:last-1] {
		p.batch *= x.Size
	}
	p.m, p.n, p.k = a.Type.Axes[last-1].Size, a.Type.Axes[last].Size, a.Types[0].Axes[last].Size
	p.a, p.b = buffers[a.Args[0].Buffer][a.Args[0].Offset:], buffers[a.Args[1].Buffer][a.Args[1].Offset:]
	return p, nil
}

func (p *matrices) run(s *Session, out []float32) {
	kernel.MatMul(s.pool, p.batch, p.m, p.n, p.k, p.a, p.b, out, false, false, s.scratch)
}

// matricesWorkspace returns the float32 values of scratch that an anchor needs if it is a matrix product.
func matricesWorkspace(a *plan.Anchor) int {
	if _, ok := a.Op.(op.MatMul); !ok {
		return 0
	}
	last := len(a.Type.Axes) - 1
	return kernel.MatMulWorkspace(a.Type.Axes[last-1].Size, a.Type.Axes[last].Size, a.Types[0].Axes[last].Size)
}
