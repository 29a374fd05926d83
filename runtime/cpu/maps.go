package cpu

import (
	"unsafe"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// The maps of one and of two arguments, by their kinds.
var (
	unaries = map[string]func(dst, x []float32){
		"neg": kernel.Neg, "exp": kernel.Exp, "log": kernel.Log, "sqrt": kernel.Sqrt, "abs": kernel.Abs, "floor": kernel.Floor,
	}
	binaries = map[string]func(dst, x, y []float32){
		"add": kernel.Add, "sub": kernel.Sub, "mul": kernel.Mul, "div": kernel.Div,
		"max": kernel.Max, "min": kernel.Min, "pow": kernel.Pow,
		"eq": kernel.Eq, "ne": kernel.Ne, "lt": kernel.Lt, "le": kernel.Le, "gt": kernel.Gt, "ge": kernel.Ge,
	}
)

// overlap reports whether two slices share memory.
func overlap(a, b []float32) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	x, y := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return x < y+uintptr(len(b))*4 && y < x+uintptr(len(a))*4
}
