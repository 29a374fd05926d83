package bench

import (
	"context"
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/workbench"
)

// Trial is a contraction computed by one of the algorithms that can, where it stands in the model: what is fused into it
// counts too.
type Trial struct {
	Op, Shape        string // as of a Layer
	Batch            int
	Kernels          int     // of a pass that are such contractions
	Algorithm        string  // that was tried
	Chosen           bool    // it is the one that the model is run with
	Seconds          float64 // median over the runs and the kernels
	Predicted        float64 // seconds, by the model that chooses
	FLOPs, TrueFLOPs int64   // as of a Layer
}

// trials are those of a model, in the order in which its contractions and their algorithms come first.
type trials struct {
	list []*trial
	by   map[trialKey]*trial
}

type trialKey struct {
	op, shape string
	batch     int
	algorithm string // empty for the contraction itself
}

type trial struct {
	Trial
	seconds []float64
}

// contraction returns the key of what is computed, whatever the algorithm.
func (t *trial) contraction() trialKey { return trialKey{op: t.Op, shape: t.Shape, batch: t.Batch} }

// tryAll runs the passes of a model with one algorithm after the other for all its contractions, until there is none that
// was not tried.
func tryAll(ctx context.Context, w *workbench.Workspace, d *cpu.Device, o Options, r *Result) ([]Trial, error) {
	passes := []*plan.Plan{w.Inference}
	if w.Training != nil {
		passes = append(passes, w.Training)
	}
	all := trials{by: map[trialKey]*trial{}}
	for n := 0; ; n++ {
		if o.Progress != nil {
			fmt.Fprintf(o.Progress, "trying algorithm %d of each convolution\n", n+1)
		}
		known := len(all.list)
		for _, p := range passes {
			if err := all.run(ctx, w, p, d.Threads(), o, n); err != nil {
				return nil, fmt.Errorf("try algorithm %d of %s: %w", n+1, w.Name, err)
			}
		}
		if len(all.list) == known {
			return all.finish(r), nil
		}
	}
}

// run runs a plan with the n-th algorithm of every contraction.
func (t *trials) run(ctx context.Context, w *workbench.Workspace, p *plan.Plan, threads int, o Options, n int) error {
	d := cpu.New(threads, cpu.Nth(n))
	defer d.Close()
	pass, err := measure(ctx, w, p, Options{Device: d, Runs: o.Runs})
	if err != nil {
		return err
	}
	fresh := map[*trial]bool{}
	for _, l := range pass.Layers {
		if l.Algorithm == "" {
			continue
		}
		key := trialKey{l.Op, l.Shape, p.Batch, l.Algorithm}
		one := t.by[key]
		if one == nil {
			one = &trial{Trial: Trial{Op: l.Op, Shape: l.Shape, Batch: p.Batch, Algorithm: l.Algorithm, Predicted: l.Predicted, FLOPs: l.FLOPs, TrueFLOPs: l.TrueFLOPs}}
			t.by[key], fresh[one] = one, true
			t.list = append(t.list, one)
		}
		if fresh[one] {
			one.seconds = append(one.seconds, l.Seconds)
		}
	}
	return nil
}

// finish returns the trials, those of one contraction together, and marks what the model was run with.
func (t *trials) finish(r *Result) []Trial {
	first := map[trialKey]int{} // of each contraction
	for i, one := range t.list {
		if _, ok := first[one.contraction()]; !ok {
			first[one.contraction()] = i
		}
		slices.Sort(one.seconds)
		one.Seconds, one.Kernels = median(one.seconds), len(one.seconds)
	}
	for _, p := range []*Pass{&r.Forward, r.Step} {
		if p == nil {
			continue
		}
		for _, l := range p.Layers {
			if one := t.by[trialKey{l.Op, l.Shape, p.Batch, l.Algorithm}]; one != nil {
				one.Chosen = true
			}
		}
	}
	slices.SortStableFunc(t.list, func(a, b *trial) int {
		return first[a.contraction()] - first[b.contraction()]
	})
	var list []Trial
	for _, one := range t.list {
		list = append(list, one.Trial)
	}
	return list
}
