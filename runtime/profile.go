package runtime

import "github.com/vnlang/vn/compiler/plan"

// Profiler is a session that can measure its kernels.
type Profiler interface {
	Session
	// StartProfile makes the session measure each of its kernels from now on, until Times is called. A GPU's steps take
	// longer meanwhile.
	StartProfile()
	// Times ends the measurement that StartProfile began. It returns the plan's kernels in the order in which they run,
	// each with the median of its times over the runs in between; the times are 0 where there was no run.
	Times() []KernelTime
}

// Clocked is a session on a device with a clock of its own.
type Clocked interface {
	Session
	// DeviceSeconds returns how long the kernels of the last step took on the device, all of them together: what copies of
	// inputs and outputs take, and the host, is left out.
	DeviceSeconds() float64
}

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

// NewKernelTime returns what a kernel does, by the plan's own count, and no time yet.
func NewKernelTime(k *plan.Kernel) KernelTime {
	t := KernelTime{Name: k.Name, Stage: k.Stage, Op: "map", FLOPs: k.Cost.FLOPs, TrueFLOPs: k.Cost.FLOPs, Bytes: k.Cost.Bytes}
	switch {
	case k.Anchor != nil:
		t.Op = k.Anchor.Op.Kind()
	case len(k.Reduces) > 0:
		t.Op = "reduce"
	}
	return t
}
