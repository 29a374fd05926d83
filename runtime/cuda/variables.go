//go:build cuda

package cuda

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/vnlang/vn/compiler/plan"
	vnruntime "github.com/vnlang/vn/runtime"
)

// variables are parameters and states in device memory, by name.
type variables struct {
	device *Device
	byName map[string]*variable
}

// variable is one of them: float32, dense.
type variable struct {
	memory  cu.DevicePtr
	size    int
	version uint64 // counts the times that the values may have changed, from 1
}

// Variables takes memory for the variables of the plans. It is given back when the device is closed, or when nobody has
// the variables any more.
func (d *Device) Variables(plans ...*plan.Plan) (vnruntime.Variables, error) {
	vs := &variables{d, map[string]*variable{}}
	total := int64(0)
	for _, p := range plans {
		for _, b := range p.Buffers {
			if b.Class != plan.Variable {
				continue
			}
			if have, ok := vs.byName[b.Name]; ok {
				if have.size != b.Type.Elements() {
					return nil, fmt.Errorf("variable %s has %d elements in one plan and %d in another", b.Name, have.size, b.Type.Elements())
				}
				continue
			}
			vs.byName[b.Name] = &variable{size: b.Type.Elements(), version: 1}
			total += b.Bytes()
		}
	}
	var memory []cu.DevicePtr
	err := d.do(func() error {
		if err := d.room("the variables take", total, "make the network smaller"); err != nil {
			return err
		}
		for _, name := range vs.Names() {
			v := vs.byName[name]
			p, err := d.take(4 * int64(v.size))
			if err != nil {
				return fmt.Errorf("take memory for the variable %s: %w", name, err)
			}
			memory = append(memory, p)
			v.memory = p
			if err := cu.MemsetD8(p, 0, 4*int64(v.size)); err != nil && v.size > 0 {
				return fmt.Errorf("clear the variable %s: %w", name, named(err))
			}
		}
		return nil
	})
	if err != nil {
		d.drop(memory)
		return nil, err
	}
	runtime.AddCleanup(vs, d.drop, memory)
	return vs, nil
}

func (vs *variables) Names() []string { return slices.Sorted(maps.Keys(vs.byName)) }

func (vs *variables) Size(name string) int {
	if v, ok := vs.byName[name]; ok {
		return v.size
	}
	return -1
}

func (vs *variables) Load(name string, values []float32) error {
	v, err := vs.find(name, len(values))
	if err != nil {
		return err
	}
	v.version++
	defer runtime.KeepAlive(vs) // or its memory might be given back in between
	return vs.device.move(len(values), func(stage []float32, at int) { copy(stage, values[at:]) },
		func(stage unsafe.Pointer, at, n int64) error {
			return cu.MemcpyHtoD(v.memory+cu.DevicePtr(at), stage, n)
		}, nil)
}

// Adopt copies: the variable is in the device's memory.
func (vs *variables) Adopt(name string, values []float32) error { return vs.Load(name, values) }

func (vs *variables) Store(name string, dst []float32) error {
	v, err := vs.find(name, len(dst))
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(vs)
	return vs.device.move(len(dst), nil,
		func(stage unsafe.Pointer, at, n int64) error {
			return cu.MemcpyDtoH(stage, v.memory+cu.DevicePtr(at), n)
		},
		func(stage []float32, at int) { copy(dst[at:], stage) })
}

// find returns the variable of a name and a size.
func (vs *variables) find(name string, size int) (*variable, error) {
	v, ok := vs.byName[name]
	if !ok {
		return nil, fmt.Errorf("there is no variable %q", name)
	}
	if v.size != size {
		return nil, fmt.Errorf("variable %s has %d elements, not %d", name, v.size, size)
	}
	return v, nil
}

// move moves values through the pinned memory, part by part: before and after run here, on the caller's goroutine,
// because memory that is mapped from a file may fault; transfer runs on the worker, and counts in bytes.
func (d *Device) move(elements int, before func(stage []float32, at int), transfer func(stage unsafe.Pointer, at, n int64) error,
	after func(stage []float32, at int)) error {
	d.staging.Lock()
	defer d.staging.Unlock()
	for at := 0; at < elements; at += stageElements {
		if d.stage == nil {
			return errClosed
		}
		part := d.stage[:min(elements-at, stageElements)]
		if before != nil {
			before(part, at)
		}
		err := d.do(func() error {
			return named(transfer(unsafe.Pointer(unsafe.SliceData(part)), 4*int64(at), 4*int64(len(part))))
		})
		if err != nil {
			return fmt.Errorf("copy a variable: %w", err)
		}
		if after != nil {
			after(part, at)
		}
	}
	return nil
}
