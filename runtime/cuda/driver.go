//go:build cuda

package cuda

/*
#cgo LDFLAGS: -lcuda -ldl
#include <cuda.h>
#include <dlfcn.h>
#include <stdlib.h>

// What came after CUDA 11.8's headers, or has another signature in each version of them, is looked up by the name that
// the driver has for it; the ABI of that is fixed.

static CUresult vn_encode(void *map, int dtype, unsigned rank, CUdeviceptr base, const unsigned long long *dims,
                          const unsigned long long *strides, const unsigned *box) {
	typedef CUresult (*encode)(void *, int, unsigned, void *, const unsigned long long *, const unsigned long long *,
	                           const unsigned *, const unsigned *, int, int, int, int);
	static const unsigned steps[5] = {1, 1, 1, 1, 1};
	encode f = (encode)dlsym(RTLD_DEFAULT, "cuTensorMapEncodeTiled");
	if (!f)
		return CUDA_ERROR_NOT_SUPPORTED;
	return f(map, dtype, rank, (void *)(size_t)base, dims, strides, box, steps, 0, 0, 2, 0); // L2 promotion by 128 bytes
}

static CUresult vn_instantiate(CUgraphExec *exec, CUgraph graph) {
	typedef CUresult (*instantiate)(CUgraphExec *, CUgraph, unsigned long long);
	instantiate f = (instantiate)dlsym(RTLD_DEFAULT, "cuGraphInstantiateWithFlags");
	return f ? f(exec, graph, 0) : CUDA_ERROR_NOT_SUPPORTED;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"gorgonia.org/cu"

	codegen "github.com/vnlang/vn/codegen/cuda"
)

// This file holds the calls of the driver that package cu lacks. Like those of cu, they are made on the device's worker
// alone.

// Error is a result of the driver that is not success.
type Error int

// Error returns the driver's name of the error and what it means.
func (e Error) Error() string {
	var name, text *C.char
	C.cuGetErrorName(C.CUresult(e), &name)
	C.cuGetErrorString(C.CUresult(e), &text)
	switch {
	case name == nil:
		return fmt.Sprintf("CUDA_ERROR_%d", int(e))
	case text == nil || C.GoString(text) == C.GoString(name):
		return C.GoString(name)
	}
	return fmt.Sprintf("%s (%s)", C.GoString(name), C.GoString(text))
}

// result makes an error of a result.
func result(r C.CUresult) error {
	if r == C.CUDA_SUCCESS {
		return nil
	}
	return Error(r)
}

// named returns an error of package cu, which is a number of a type that it does not export, as an Error.
func named(err error) error {
	if v := reflect.ValueOf(err); err != nil && v.Kind() == reflect.Int {
		return Error(v.Int())
	}
	return err
}

// handle returns what package cu keeps to itself: a Function is a struct of one CUfunction.
func handle(f cu.Function) C.CUfunction { return *(*C.CUfunction)(unsafe.Pointer(&f)) }

func stream(s cu.Stream) C.CUstream { return C.CUstream(unsafe.Pointer(s.C())) }

// mostThreads returns how many threads a block of a function may have. A driver loads code when it is first asked about,
// which it must not be while a graph is captured.
func mostThreads(f cu.Function) (int, error) {
	var n C.int
	err := result(C.cuFuncGetAttribute(&n, C.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, handle(f)))
	return int(n), err
}

// allowShared lets a function have so many bytes of dynamic shared memory; without it there are 48 KiB.
func allowShared(f cu.Function, bytes int) error {
	return result(C.cuFuncSetAttribute(handle(f), C.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, C.int(bytes)))
}

// pinned takes page-locked memory of the host, which alone may be copied to and from while the caller goes on. It is
// given back with cu.MemFreeHost.
func pinned(bytes int) (unsafe.Pointer, error) {
	var p unsafe.Pointer
	err := result(C.cuMemHostAlloc(&p, C.size_t(bytes), 0))
	return p, err
}

// params is the block of a kernel's arguments, in C memory: a pointer for each argument, and then the arguments. It is
// made once and used for every launch.
type params struct{ block unsafe.Pointer }

const (
	pointerSize = 8
	mapSize     = 128 // of a CUtensorMap, which is aligned by 64
	mapAlign    = 64
)

// newParams makes the block of the arguments; resolve gives the address of each.
func newParams(args []codegen.Arg, resolve func(codegen.Place) (cu.DevicePtr, error)) (params, error) {
	align := func(n, to int) int { return (n + to - 1) &^ (to - 1) }
	size := pointerSize * len(args)
	offsets := make([]int, len(args))
	for i, a := range args {
		offsets[i] = size
		size += pointerSize
		if a.Map != nil {
			offsets[i] = align(offsets[i], mapAlign)
			size = offsets[i] + mapSize
		}
	}
	p := params{C.aligned_alloc(mapAlign, C.size_t(align(max(size, 1), mapAlign)))}
	if p.block == nil {
		return params{}, errors.New("there is no memory left on the host")
	}
	for i, a := range args {
		at := unsafe.Add(p.block, offsets[i])
		*(*unsafe.Pointer)(unsafe.Add(p.block, pointerSize*i)) = at
		address, err := resolve(a.Place)
		if err == nil && a.Map != nil {
			err = encode(at, address, a.Map)
		} else if err == nil {
			*(*uint64)(at) = uint64(address)
		}
		if err != nil {
			p.free()
			return params{}, fmt.Errorf("argument %d: %w", i, err)
		}
	}
	return p, nil
}

// free gives the block back.
func (p params) free() { C.free(p.block) }

// dtypes are the driver's numbers of the types of tensor maps (CUtensorMapDataType).
var dtypes = map[codegen.DType]C.int{codegen.Half: 6, codegen.F32: 7, codegen.BF: 9}

// encode writes a tensor map.
func encode(at unsafe.Pointer, base cu.DevicePtr, m *codegen.TensorMap) error {
	dtype, ok := dtypes[m.DType]
	rank := len(m.Dims)
	if !ok || rank < 1 || rank > 5 || len(m.Strides) != rank-1 || len(m.Box) != rank {
		return fmt.Errorf("a tensor map of %s has %d sizes, %d strides and %d sizes of a box", m.DType, rank, len(m.Strides), len(m.Box))
	}
	err := result(C.vn_encode(at, dtype, C.uint(rank), C.CUdeviceptr(base), (*C.ulonglong)(unsafe.Pointer(unsafe.SliceData(m.Dims))),
		(*C.ulonglong)(unsafe.Pointer(unsafe.SliceData(m.Strides))), (*C.uint)(unsafe.Pointer(unsafe.SliceData(m.Box)))))
	if err != nil {
		return fmt.Errorf("the tensor map %v by %v of %v: %w", m.Dims, m.Strides, m.Box, err)
	}
	return nil
}

// start launches a function, or adds it to the graph that the stream is captured into.
func start(f cu.Function, l *codegen.Launch, p params, s cu.Stream) error {
	return result(C.cuLaunchKernel(handle(f), C.uint(l.Grid[0]), C.uint(l.Grid[1]), C.uint(l.Grid[2]), C.uint(l.Block), 1, 1,
		C.uint(l.Shared), stream(s), (*unsafe.Pointer)(p.block), nil))
}

// graph is a list of launches that the driver starts in one call.
type graph struct{ exec C.CUgraphExec }

// capture makes a graph of what f launches on a stream; nothing is run. An error of f comes back as it is.
func capture(s cu.Stream, f func() error) (*graph, error) {
	if err := result(C.cuStreamBeginCapture(stream(s), C.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)); err != nil {
		return nil, fmt.Errorf("begin a graph: %w", err)
	}
	failed := f()
	var captured C.CUgraph
	ended := result(C.cuStreamEndCapture(stream(s), &captured))
	if captured != nil {
		defer C.cuGraphDestroy(captured)
	}
	if failed != nil {
		return nil, failed
	}
	if ended != nil {
		return nil, fmt.Errorf("end a graph: %w", ended)
	}
	g := &graph{}
	if err := result(C.vn_instantiate(&g.exec, captured)); err != nil {
		return nil, fmt.Errorf("make a graph: %w", err)
	}
	return g, nil
}

// launch starts the graph.
func (g *graph) launch(s cu.Stream) error { return result(C.cuGraphLaunch(g.exec, stream(s))) }

// destroy gives the graph back.
func (g *graph) destroy() error { return result(C.cuGraphExecDestroy(g.exec)) }
