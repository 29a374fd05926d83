package cpu

import (
	"slices"
	"time"

	vnruntime "github.com/vnlang/vn/runtime"
)

// KernelTime is what a kernel of a plan does, and how long it took.
type KernelTime = vnruntime.KernelTime

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
		times[i] = vnruntime.NewKernelTime(&s.plan.Kernels[i])
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

// median returns the median in seconds; 0 of nothing.
func median(of []time.Duration) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	n := len(of)
	return (of[n/2] + of[(n-1)/2]).Seconds() / 2
}
