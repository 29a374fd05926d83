//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"gorgonia.org/cu"

	codegen "github.com/vnlang/vn/codegen/cuda"
	vnruntime "github.com/vnlang/vn/runtime"
)

// feed brings the inputs of a session: into pinned memory, from there to a place where they wait, on a stream of its own,
// and then, on the stream that computes, to where the plan has them. The first two go on while the step before is
// computed; the last is a copy within the device.
type feed struct {
	device *Device
	inputs []codegen.Host
	size   int64 // bytes of all inputs

	pinned  unsafe.Pointer
	waiting cu.DevicePtr // the same bytes on the device
	arrived cu.Event     // the inputs are waiting there; recorded by the stream that brings them
	taken   cu.Event     // and are there no more; recorded by the stream that computes
	ready   bool         // all of these are there

	bringing sync.Mutex    // held while inputs are on their way
	free     chan struct{} // holds something while no inputs wait
	full     chan given    // holds what waits
	end      chan struct{} // closed with the session
}

// given says what was staged.
type given struct {
	step bool // with the input "step", which else is the session's
}

func newFeed(d *Device, m *codegen.Module) *feed {
	f := &feed{device: d, inputs: m.Inputs, size: m.InputBytes(), free: make(chan struct{}, 1), full: make(chan given, 1), end: make(chan struct{})}
	f.free <- struct{}{}
	return f
}

// take takes what the feed needs. It runs on the worker.
func (f *feed) take() (err error) {
	if f.pinned, err = pinned(int(max(f.size, 1))); err != nil {
		return fmt.Errorf("take pinned memory: %w", err)
	}
	if f.waiting, err = cu.MemAlloc(max(f.size, 1)); err != nil {
		return fmt.Errorf("take memory on the device: %w", named(err))
	}
	for _, e := range []*cu.Event{&f.arrived, &f.taken} {
		if *e, err = cu.MakeEvent(cu.DisableTiming); err != nil {
			return fmt.Errorf("make an event: %w", named(err))
		}
	}
	f.ready = true
	return nil
}

// bring waits for room and begins to copy inputs to the device. It runs on the caller's goroutine.
func (f *feed) bring(inputs map[string][]float32) error {
	select {
	case <-f.end:
		return errSessionClosed
	case <-f.free:
	}
	f.bringing.Lock()
	defer f.bringing.Unlock()
	err := f.device.copies.do(f.usable)
	if err == nil {
		at := int64(0)
		for _, h := range f.inputs {
			copy(unsafe.Slice((*float32)(unsafe.Add(f.pinned, at)), h.Elements), inputs[h.Name])
			at += h.Bytes()
		}
		err = f.device.copies.do(f.send)
	}
	if err != nil {
		f.free <- struct{}{}
		return err
	}
	_, step := inputs[vnruntime.StepInput]
	f.full <- given{step}
	return nil
}

// usable waits until what was in pinned memory before has been read. It runs on the worker that copies.
func (f *feed) usable() error {
	if !f.ready {
		return errSessionClosed
	}
	return named(f.arrived.Synchronize())
}

// send copies from pinned memory to where the inputs wait, once those before have left. It runs on the worker that copies.
func (f *feed) send() error {
	s := f.device.copying
	err := s.Wait(f.taken, 0)
	if err == nil && f.size > 0 {
		err = cu.MemcpyHtoDAsync(f.waiting, f.pinned, f.size, s)
	}
	if err == nil {
		err = f.arrived.Record(s)
	}
	if err != nil {
		s.Synchronize() // no copy is on its way that no event tells of
		return fmt.Errorf("copy the inputs: %w", named(err))
	}
	return nil
}

// pass copies the inputs that wait to where the plan has them, in a session's memory. It runs on the device's worker.
func (f *feed) pass(memory cu.DevicePtr) error {
	s := f.device.stream
	err := s.Wait(f.arrived, 0)
	at := int64(0)
	for _, h := range f.inputs {
		if err == nil && h.Elements > 0 {
			err = cu.MemcpyDtoDAsync(memory+cu.DevicePtr(h.Offset), f.waiting+cu.DevicePtr(at), 4*int64(h.Elements), s)
		}
		at += h.Bytes()
	}
	if err == nil {
		err = f.taken.Record(s)
	}
	if err != nil {
		s.Synchronize()
	}
	f.free <- struct{}{} // there was one that waited
	if err != nil {
		return fmt.Errorf("copy the inputs: %w", named(err))
	}
	return nil
}

// close ends the wait of who brings inputs, and waits for those on their way.
func (f *feed) close() {
	close(f.end)
	f.bringing.Lock()
	defer f.bringing.Unlock()
	f.ready = false
}

// release gives back what take took. It runs on the device's worker.
func (f *feed) release() error {
	var errs []error
	if f.pinned != nil { // which what is on its way reads
		errs = append(errs, named(f.device.copying.Synchronize()))
	}
	for _, e := range []*cu.Event{&f.arrived, &f.taken} {
		if *e != (cu.Event{}) {
			errs = append(errs, named(cu.DestroyEvent(e)))
		}
	}
	if f.pinned != nil {
		errs = append(errs, named(cu.MemFreeHost(f.pinned)))
	}
	if f.waiting != 0 {
		errs = append(errs, named(cu.MemFree(f.waiting)))
	}
	f.waiting, f.pinned = 0, nil
	return errors.Join(errs...)
}
