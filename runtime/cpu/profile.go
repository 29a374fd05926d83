package cpu

import (
	"slices"
	"time"

	"github.com/vnlang/vn/compiler/plan"
)

// KernelTime is what a kernel of a plan does, and how long it took.
type KernelTime struct {
	Name, Stage string  // as the plan has them
	Op          string  // the kind of its anchor, such as convolve; where there is none, map or reduce
	Algorithm   string  // that carries out a contraction; empty where there is one way alone
	Seconds     float64 // of one run: the median
	Predicted   float64 // seconds, by the model that chose the algorithm, with all threads busy; 0: unknown
	FLOPs       int64   // of the direct algorithm; a multiply-add counts two
	TrueFLOPs   int64   // of the algorithm that was chosen
	Bytes       int64   // read and written, each operand once
}

// kernelNote is what was decided about a kernel when it was bound. The zero value stands for a kernel that does what the
// plan counts.
type kernelNote struct {
	Algorithm string
	TrueFLOPs int64
	Predicted float64 // seconds of one thread; 0: unknown
}

// profile measures the kernels of a session while it is on.
type profile struct {
	notes   []kernelNote      // by kernel
	elapsed [][]time.Duration // of the runs, by kernel; nil while the profile is off
}

// run runs a kernel's step.
func (p *profile) run(kernel int, step func()) {
	if p.elapsed == nil {
		step()
		return
	}
	start := time.Now()
	step()
	p.elapsed[kernel] = append(p.elapsed[kernel], time.Since(start))
}

// StartProfile makes the session measure each of its kernels from now on, until Times is called.
func (s *Session) StartProfile() { s.profile.elapsed = make([][]time.Duration, len(s.plan.Kernels)) }

// Times ends the measurement that StartProfile began. It returns the plan's kernels in the order in which they run, each
// with the median of its times over the runs in between; the times are 0 where there was no run.
func (s *Session) Times() []KernelTime {
	times := make([]KernelTime, len(s.plan.Kernels))
	for i := range times {
		k := &s.plan.Kernels[i]
		times[i] = KernelTime{Name: k.Name, Stage: k.Stage, Op: kindOf(k), FLOPs: k.Cost.FLOPs, TrueFLOPs: k.Cost.FLOPs, Bytes: k.Cost.Bytes}
		if i < len(s.profile.notes) && s.profile.notes[i] != (kernelNote{}) {
			n := s.profile.notes[i]
			times[i].Algorithm, times[i].TrueFLOPs, times[i].Predicted = n.Algorithm, n.TrueFLOPs, n.Predicted/float64(s.pool.Threads())
		}
		if s.profile.elapsed != nil {
			times[i].Seconds = median(s.profile.elapsed[i])
		}
	}
	s.profile.elapsed = nil
	return times
}

// kindOf names what a kernel does.
func kindOf(k *plan.Kernel) string {
	switch {
	case k.Anchor != nil:
		return k.Anchor.Op.Kind()
	case len(k.Reduces) > 0:
		return "reduce"
	}
	return "map"
}

// median returns the median in seconds; 0 of nothing.
func median(of []time.Duration) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	n := len(of)
	return (of[n/2] + of[(n-1)/2]).Seconds() / 2
}
