//go:build cuda

package cuda

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"gorgonia.org/cu"

	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
	"github.com/vnlang/vn/compiler/plan"
	vnruntime "github.com/vnlang/vn/runtime"
)

// Session is a plan compiled and bound to memory of the device.
type Session struct {
	device    *Device
	plan      *plan.Plan
	module    *codegen.Module
	variables *variables // which stay as long as the session
	uses      []*variable
	seen      []uint64 // the version of each of uses that Prepare has seen
	writes    []*variable

	memory   cu.DevicePtr
	code     []cu.Module // the parts of the module
	prepare  []launch
	launches []launch
	graph    *graph // of launches; nil where each is waited for

	feed    *feed
	stage   unsafe.Pointer // pinned: the step's numbers and what it copies out
	control *control       // in stage
	outputs [][]float32    // in stage, as module.Outputs has them

	step    vnruntime.Step // that is running
	counts  int            // the input "step", in module.Inputs, where it is the session's in this step; else -1
	stale   bool           // variables were changed from outside
	clock   [2]cu.Event    // before the first launch and behind the last
	seconds float64        // between them in the last step
	profile *profile       // nil while it is off
	closed  bool
}

// errSessionClosed is the error of a run after Close.
var errSessionClosed = errors.New("the session is closed")

// Open compiles a plan for the device and binds it to memory, all that its steps need. The first time this takes
// seconds, and then the compiled kernels come from the user's cache (package codegen/cuda/build).
func (d *Device) Open(p *plan.Plan, v vnruntime.Variables) (vnruntime.Session, error) {
	m, err := codegen.Emit(p, d.options)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p.Name, err)
	}
	s, err := d.openModule(m, p, v)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p.Name, err)
	}
	return s, nil
}

// openModule binds a plan that is written as a module.
func (d *Device) openModule(m *codegen.Module, p *plan.Plan, v vnruntime.Variables) (*Session, error) {
	vs, ok := v.(*variables)
	if !ok || vs.device != d {
		return nil, errors.New("the variables are of another device")
	}
	s := &Session{device: d, plan: p, module: m, variables: vs, feed: newFeed(d, m)}
	for i, b := range p.Buffers {
		if b.Class != plan.Variable {
			continue
		}
		v, err := vs.find(b.Name, b.Type.Elements())
		if err != nil {
			return nil, err
		}
		s.uses = append(s.uses, v)
		if writes(p, i) {
			s.writes = append(s.writes, v)
		}
	}
	s.seen = make([]uint64, len(s.uses)) // 0: nothing yet
	err := d.do(func() error { return d.room("its feature maps take", sessionBytes(m), d.remedy()) })
	if err != nil { // before the compiler is asked, too
		return nil, err
	}
	cubins, err := d.compile(m)
	if err != nil {
		return nil, err
	}
	if err := d.do(func() error { return s.bind(cubins) }); err != nil {
		return nil, errors.Join(err, d.do(s.release))
	}
	d.held.Lock()
	d.sessions[s] = true
	d.held.Unlock()
	return s, nil
}

// writes reports whether a plan writes to a buffer.
func writes(p *plan.Plan, buffer int) bool {
	return slices.ContainsFunc(p.Kernels, func(k plan.Kernel) bool {
		return slices.ContainsFunc(k.Stores, func(s plan.Store) bool { return s.Buffer == buffer }) ||
			slices.ContainsFunc(k.Reduces, func(r plan.Reduce) bool { return r.Buffer == buffer })
	})
}

// bind takes the memory, loads the kernels and captures the step. It runs on the worker.
func (s *Session) bind(cubins [][]byte) error {
	if err := s.take(); err != nil {
		return err
	}
	var err error
	for _, cubin := range cubins {
		part, err := cu.LoadData(string(cubin))
		if err != nil {
			return fmt.Errorf("load the kernels for %s: %w: see whether the driver is older than the compiler (vnc devices); else remove %s, and compile the artifact again where it has kernels",
				s.device.target, named(err), build.Folder())
		}
		s.code = append(s.code, part)
	}
	for _, l := range s.module.Launches {
		if l.Kernel < 0 || l.Kernel >= len(s.plan.Kernels) {
			return fmt.Errorf("kernel %s is of number %d of the plan's %d", l.Entry, l.Kernel, len(s.plan.Kernels))
		}
	}
	functions := map[string]*function{}
	if s.prepare, err = s.bindLaunches(s.module.Prepare, functions); err != nil {
		return err
	}
	if s.launches, err = s.bindLaunches(s.module.Launches, functions); err != nil {
		return err
	}
	if os.Getenv("VN_CUDA_SYNC") == "1" || len(s.launches) == 0 {
		return nil
	}
	s.graph, err = capture(s.device.stream, func() error { return s.start(s.launches) })
	return err
}

// take takes the session's memory, on the device and pinned.
func (s *Session) take() error {
	m := s.module
	if !within(m.Step, stepBytes, m.Memory) {
		return fmt.Errorf("the step of %s lies outside its memory", m.Name)
	}
	for _, list := range [][]codegen.Host{m.Inputs, m.Outputs} {
		for _, h := range list {
			if h.Elements < 0 || !within(h.Offset, 4*int64(h.Elements), m.Memory) {
				return fmt.Errorf("%s of %s lies outside its memory", h.Name, m.Name)
			}
		}
	}
	memory, err := cu.MemAlloc(max(m.Memory, 1))
	if err != nil {
		return fmt.Errorf("take memory on the device: %w", named(err))
	}
	s.memory = memory
	if err := s.feed.take(); err != nil {
		return err
	}
	bytes := int64(controlBytes)
	for _, h := range m.Outputs {
		bytes += h.Bytes()
	}
	if s.stage, err = pinned(int(bytes)); err != nil {
		return fmt.Errorf("take pinned memory: %w", err)
	}
	s.control = (*control)(s.stage)
	at := int64(controlBytes)
	for _, h := range m.Outputs {
		s.outputs = append(s.outputs, unsafe.Slice((*float32)(unsafe.Add(s.stage, at)), h.Elements))
		at += h.Bytes()
	}
	for i := range s.clock {
		if s.clock[i], err = cu.MakeEvent(cu.DefaultEvent); err != nil {
			return fmt.Errorf("make an event: %w", named(err))
		}
	}
	return nil
}

const (
	stepBytes    = 16 // of a step's seed and number
	controlBytes = 64 // of all its numbers, and what follows them is aligned
)

// sessionBytes returns the bytes on the device that a session takes.
func sessionBytes(m *codegen.Module) int64 { return m.Memory + m.InputBytes() }

// within reports whether a range of bytes lies in a memory of so many.
func within(offset, bytes, memory int64) bool {
	return offset >= 0 && bytes >= 0 && bytes <= memory && offset <= memory-bytes
}

// Close gives back the session's memory.
func (s *Session) Close() error {
	s.device.busy.Lock()
	defer s.device.busy.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.feed.close()
	s.device.held.Lock()
	delete(s.device.sessions, s)
	s.device.held.Unlock()
	if err := s.device.do(s.release); err != nil {
		return fmt.Errorf("close %s: %w", s.plan.Name, err)
	}
	return nil
}

// release gives back whatever was taken. It runs on the worker.
func (s *Session) release() error {
	var errs []error
	if s.graph != nil {
		errs = append(errs, s.graph.destroy())
	}
	for _, list := range [][]launch{s.prepare, s.launches} {
		for _, l := range list {
			l.params.free()
		}
	}
	errs = append(errs, s.profile.release())
	for _, part := range s.code {
		errs = append(errs, named(part.Unload()))
	}
	for i := range s.clock {
		if s.clock[i] != (cu.Event{}) {
			errs = append(errs, named(cu.DestroyEvent(&s.clock[i])))
		}
	}
	errs = append(errs, s.feed.release())
	if s.stage != nil {
		errs = append(errs, named(cu.MemFreeHost(s.stage)))
	}
	if s.memory != 0 {
		errs = append(errs, named(cu.MemFree(s.memory)))
	}
	s.graph, s.prepare, s.launches, s.profile, s.code, s.stage, s.memory = nil, nil, nil, nil, nil, nil, 0
	s.variables, s.uses, s.writes = nil, nil, nil
	if s.device.lost {
		return nil
	}
	return errors.Join(errs...)
}
