package cuda

import "github.com/vnlang/vn/lang/source"

// Module is a plan as CUDA C++: one translation unit, and how its kernels are launched. Everything in it is fixed by the
// plan and the options; a runtime compiles the text for its device, takes Memory bytes and the variables, and launches.
type Module struct {
	Name   string
	Text   string // self-contained CUDA C++; needs no header
	Memory int64  // bytes of a session, its variables left out

	Step     int64    // where the session's seed and step lie: two 64-bit numbers
	Inputs   []Host   // what a step copies in, as float32 in plain order
	Outputs  []Host   // what a step copies out
	Prepare  []Launch // run whenever variables were changed from outside, before the first step
	Launches []Launch // a step, in order, on one stream
}

// Host is an input or an output of a plan: dense float32 in the caller's order.
type Host struct {
	Name     string
	Offset   int64 // in the session's memory
	Elements int
}

// hostAlign is what inputs and outputs are aligned by where they lie side by side.
const hostAlign = 64

// InputBytes returns what the inputs take side by side: a runtime brings them to such a place ahead of their step.
func (m *Module) InputBytes() (bytes int64) {
	for _, h := range m.Inputs {
		bytes += h.Bytes()
	}
	return bytes
}

// Bytes returns what the input or the output takes there.
func (h Host) Bytes() int64 { return (4*int64(h.Elements) + hostAlign - 1) / hostAlign * hostAlign }

// Launch is one launch of a kernel.
type Launch struct {
	Entry  string // the name of the function
	Grid   [3]int // blocks
	Block  int    // threads of a block
	Shared int    // bytes of dynamic shared memory
	Args   []Arg

	Kernel int               // the index in Plan.Kernels of what it computes, or a part of it
	Note   string            // how: "mma 64x32", "general", "finish"; for a profile
	FLOPs  int64             // of this launch
	Bytes  int64             // that it has to read and write
	At     []source.Position // the lines of the program that it computes
}

// Place is an address on the device: an offset, in bytes, into the memory of the session or into a variable.
type Place struct {
	Variable string `json:",omitempty"` // empty: the session's own memory
	Offset   int64  `json:",omitempty"`
}

// Arg is an argument of a kernel: a pointer, or a tensor map that is passed by value.
type Arg struct {
	Place
	Map *TensorMap `json:",omitempty"` // nil: a pointer
}

// TensorMap describes a tensor in memory to the tensor memory accelerator of compute capability 9 (CUDA driver API,
// cuTensorMapEncodeTiled): tiled, not interleaved, not swizzled, zero outside.
type TensorMap struct {
	DType   DType
	Dims    []uint64 // elements, the fastest first
	Strides []uint64 // bytes, of all but the fastest
	Box     []uint32 // elements of a copy
}
