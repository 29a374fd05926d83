// Package cpu runs plans on the processor, on all its cores.
//
// A Session binds a plan to memory once: every kernel becomes a function over slices of the arena, the variables and
// the workspace, and a step calls them one after the other. Contractions go through the blocked kernels of package
// kernel; what rides on them, and everything else that is pointwise, is a tape of vector instructions over blocks that
// stay in the first-level cache. Work is cut into tasks by the shapes alone, so results are the same bits for any
// number of threads.
package cpu

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/memory"
	vnruntime "github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// Device is the processor.
type Device struct {
	pool *kernel.Pool
	busy sync.Mutex // held by the session that runs: the pool works for one at a time
}

// New returns a device that works with the given number of threads, one for each core where it is 0.
func New(threads int) *Device {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return &Device{pool: kernel.NewPool(threads)}
}

// Name returns "cpu".
func (d *Device) Name() string { return "cpu" }

// Close ends the device's threads.
func (d *Device) Close() error {
	d.pool.Close()
	return nil
}

// Memory returns the bytes that a session of the plan takes: the arena, inputs and outputs, and the workspace of the
// kernel that needs the most.
func (d *Device) Memory(p *plan.Plan) int64 {
	total := p.Arena
	for _, b := range p.Buffers {
		if b.Class == plan.Input || b.Class == plan.Output {
			total += b.Bytes()
		}
	}
	most := 0
	for i := range p.Kernels {
		most = max(most, need(&p.Kernels[i]))
	}
	return total + int64(most)*4
}

// Variables makes room for the variables of the plans.
func (d *Device) Variables(plans ...*plan.Plan) (vnruntime.Variables, error) {
	vs := variables{}
	var total int64
	for _, p := range plans {
		for _, b := range p.Buffers {
			if b.Class != plan.Variable {
				continue
			}
			if have, ok := vs[b.Name]; ok {
				if len(have) != b.Type.Elements() {
					return nil, fmt.Errorf("variable %s has %d elements in one plan and %d in another", b.Name, len(have), b.Type.Elements())
				}
				continue
			}
			if total += b.Bytes(); total > limit() {
				return nil, tooLarge("the variables", total)
			}
			vs[b.Name] = floats(b.Type.Elements())
		}
	}
	return vs, nil
}

// variables are parameters and states, by name.
type variables map[string][]float32

func (vs variables) Names() []string { return slices.Sorted(maps.Keys(vs)) }

func (vs variables) Size(name string) int {
	if v, ok := vs[name]; ok {
		return len(v)
	}
	return -1
}

func (vs variables) Load(name string, values []float32) error {
	v, err := vs.find(name, len(values))
	copy(v, values)
	return err
}

func (vs variables) Store(name string, dst []float32) error {
	v, err := vs.find(name, len(dst))
	copy(dst, v)
	return err
}

func (vs variables) find(name string, size int) ([]float32, error) {
	v, ok := vs[name]
	if !ok {
		return nil, fmt.Errorf("there is no variable %q", name)
	}
	if len(v) != size {
		return nil, fmt.Errorf("variable %s has %d elements, not %d", name, len(v), size)
	}
	return v, nil
}

// limit returns the bytes of memory that there are; a variable for the tests.
var limit = memory.Limit

// tooLarge says that something takes more memory than there is.
func tooLarge(what string, bytes int64) error {
	return fmt.Errorf("%s take %d MiB of memory and there are %d MiB: make the batch, the image or the network smaller",
		what, bytes>>20, limit()>>20)
}

// floats returns n zeros that begin on a cache line.
func floats(n int) []float32 {
	const line = plan.Alignment / 4
	b := make([]float32, n+line)
	skip := 0
	for uintptr(unsafe.Pointer(&b[skip]))%plan.Alignment != 0 {
		skip++
	}
	return b[skip : skip+n : skip+n]
}
