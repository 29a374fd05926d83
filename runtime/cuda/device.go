//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"gorgonia.org/cu"

	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/units"
)

// Options say which GPU computes, and how.
type Options struct {
	Precision codegen.Precision // empty: BF16
	Arch      codegen.Arch      // what kernels are written for; empty: the newest that the GPU has
	Device    int               // its number, from 0
}

// Device is a GPU.
type Device struct {
	*worker
	options codegen.Options
	target  codegen.Arch // that is compiled for
	number  cu.Device
	model   string    // such as "NVIDIA H200"
	stream  cu.Stream // that computes
	copies  *worker   // for what goes on while the other waits
	copying cu.Stream // that brings inputs
	lost    bool      // a kernel has failed in a way that ends the context; of the worker

	busy sync.Mutex // held by the session that runs: variables are shared

	staging sync.Mutex
	stage   []float32 // pinned, for variables on their way; nil once the device is closed

	held     sync.Mutex
	sessions map[*Session]bool
	taken    map[cu.DevicePtr]bool // by variables
	dropped  []cu.DevicePtr        // of taken: nobody has the variables any more
}

// stageElements is how many values go to the device or come from it at once.
const stageElements = 1 << 20

// New returns a GPU as a device. It compiles for Hopper (compute capability 9) or for everything since Ampere (8).
func New(o Options) (*Device, error) {
	if o.Precision == "" {
		o.Precision = codegen.BF16
	}
	d := &Device{worker: newWorker(), copies: newWorker(), sessions: map[*Session]bool{}, taken: map[cu.DevicePtr]bool{}}
	if err := d.do(func() error { return d.open(o) }); err != nil {
		d.end(func() error { return nil })
		d.copies.end(func() error { return nil })
		return nil, fmt.Errorf("open the GPU: %w", err)
	}
	return d, nil
}

// open makes the device's context the worker's, and takes what every session needs.
func (d *Device) open(o Options) error {
	count, err := cu.NumDevices()
	if err != nil {
		return named(err)
	}
	if o.Device < 0 || o.Device >= count {
		return fmt.Errorf("there is no device %d: there are %d, counted from 0", o.Device, count)
	}
	if d.number, err = cu.GetDevice(o.Device); err != nil {
		return named(err)
	}
	info, err := describe(d.number)
	if err != nil {
		return err
	}
	written, compiled, err := info.Arch(o.Arch)
	if err != nil {
		return err
	}
	if version := driverVersion(); version != "" {
		build.SetDriver(version)
	}
	d.model, d.options, d.target = info.Name, codegen.Options{Precision: o.Precision, Arch: written}, compiled
	context, err := d.number.RetainPrimaryCtx()
	if err != nil {
		return fmt.Errorf("take %s: %w", d.model, named(err))
	}
	err = named(cu.SetCurrentContext(context))
	if err == nil {
		d.stream, err = cu.MakeStream(cu.DefaultStream) // in order with the calls that name no stream
		err = named(err)
	}
	if err == nil {
		d.copying, err = cu.MakeStream(cu.NonBlocking)
		err = named(err)
	}
	if err == nil {
		err = named(d.copies.do(func() error { return cu.SetCurrentContext(context) }))
	}
	var stage unsafe.Pointer
	if err == nil {
		stage, err = pinned(4 * stageElements)
	}
	if err != nil {
		d.number.ReleasePrimaryCtx()
		return fmt.Errorf("take %s: %w", d.model, err)
	}
	d.stage = unsafe.Slice((*float32)(stage), stageElements)
	return nil
}

// Name returns "cuda".
func (d *Device) Name() string { return "cuda" }

// Description says in words what computes, and in which precision.
func (d *Device) Description() string { return d.model + ", " + string(d.options.Precision) }

// Manner says what changes the bits of results on the same machine: the precision.
func (d *Device) Manner() string { return string(d.options.Precision) }

// Memory returns the bytes on the device that a session of the plan takes, its variables left out. It is the arena's
// size of a plan that cannot be compiled: Open reports that.
func (d *Device) Memory(p *plan.Plan) int64 {
	m, err := codegen.Emit(p, d.options)
	if err != nil {
		return p.Arena
	}
	return sessionBytes(m)
}

// Close ends the sessions and gives back all that the device holds.
func (d *Device) Close() error {
	d.held.Lock()
	var open []*Session
	for s := range d.sessions {
		open = append(open, s)
	}
	d.held.Unlock()
	var errs []error
	for _, s := range open {
		errs = append(errs, s.Close())
	}
	d.staging.Lock()
	defer d.staging.Unlock()
	if d.stage == nil {
		return nil
	}
	d.copies.end(func() error { return nil })
	errs = append(errs, d.end(func() error {
		d.held.Lock()
		defer d.held.Unlock()
		var errs []error
		for p := range d.taken {
			errs = append(errs, named(cu.MemFree(p)))
		}
		errs = append(errs, named(cu.MemFreeHost(unsafe.Pointer(unsafe.SliceData(d.stage)))), named(d.stream.Destroy()), named(d.copying.Destroy()))
		if d.lost { // and everything with it; that it is lost was said before
			errs = nil
		}
		return errors.Join(append(errs, named(d.number.ReleasePrimaryCtx()))...)
	}))
	d.stage = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close %s: %w", d.model, err)
	}
	return nil
}

// take takes memory for a variable. It runs on the worker.
func (d *Device) take(bytes int64) (cu.DevicePtr, error) {
	p, err := cu.MemAlloc(max(bytes, 1))
	if err != nil {
		return 0, named(err)
	}
	d.held.Lock()
	defer d.held.Unlock()
	d.taken[p] = true
	return p, nil
}

// reclaim gives back the memory of variables that nobody has any more. It runs on the worker.
func (d *Device) reclaim() {
	d.held.Lock()
	defer d.held.Unlock()
	for _, p := range d.dropped {
		cu.MemFree(p)
		delete(d.taken, p)
	}
	d.dropped = nil
}

// drop notes memory of variables that nobody has any more; reclaim gives it back.
func (d *Device) drop(memory []cu.DevicePtr) {
	d.held.Lock()
	defer d.held.Unlock()
	d.dropped = append(d.dropped, memory...)
}

// room reports memory that the device does not have free. It runs on the worker, before anything is taken.
func (d *Device) room(what string, bytes int64, remedy string) error {
	var free, total int64
	for try := range 2 {
		d.reclaim()
		var err error
		if free, total, err = cu.MemInfo(); err != nil {
			return named(err)
		}
		if bytes <= free {
			return nil
		}
		if try == 0 { // the collector does not see the device's memory, and may have had no reason to run
			runtime.GC()
			time.Sleep(reclaimTime)
		}
	}
	return fmt.Errorf("%s %s of memory, and %s has %s free of %s: %s", what, units.Bytes(bytes), d.model, units.Bytes(free), units.Bytes(total), remedy)
}

// reclaimTime is how long cleanups of what was collected are waited for.
const reclaimTime = 20 * time.Millisecond

// remedy says what makes a plan smaller.
func (d *Device) remedy() string {
	if d.options.Precision == codegen.FP32 || d.options.Precision == codegen.TF32 {
		return "make the batch or the image smaller, or use --precision bf16, which takes half of it for feature maps"
	}
	return "make the batch or the image smaller"
}
