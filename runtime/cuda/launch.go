//go:build cuda

package cuda

import (
	"errors"
	"fmt"

	"gorgonia.org/cu"

	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
)

// launch is a launch bound to a function and to addresses.
type launch struct {
	*codegen.Launch
	function cu.Function
	params   params
}

// function is a kernel of a module that was loaded.
type function struct {
	cu.Function
	threads int // that a block may have
	shared  int // bytes of dynamic shared memory that it may have
}

// compile makes the machine code of a module, in parts.
func (d *Device) compile(m *codegen.Module) ([][]byte, error) {
	cubins, _, err := build.CompileParts(m.Text, d.target, nil)
	if errors.Is(err, build.ErrNoCompiler) {
		return nil, fmt.Errorf("%w\nscripts/build-cuda.sh, in the directory of the sources of vnc, builds vnc-nvrtc and fetches NVRTC; or compile the model where there is a compiler, with --target cuda:%s --precision %s",
			err, d.target, d.options.Precision)
	}
	return cubins, err
}

// bindLaunches finds the functions of launches, lets them have their shared memory, and makes their arguments.
func (s *Session) bindLaunches(list []codegen.Launch, functions map[string]*function) ([]launch, error) {
	var bound []launch
	for i := range list {
		l := &list[i]
		f, known := functions[l.Entry]
		if !known {
			found, err := s.find(l.Entry)
			if err != nil {
				return bound, about(l, named(err))
			}
			f = &function{Function: found}
			if f.threads, err = mostThreads(found); err != nil {
				return bound, about(l, err)
			}
			functions[l.Entry] = f
		}
		if l.Block > f.threads {
			return bound, about(l, fmt.Errorf("%d threads of a block are more than the %d that %s has registers for", l.Block, f.threads, s.device.model))
		}
		if l.Shared > f.shared {
			if err := allowShared(f.Function, l.Shared); err != nil {
				return bound, about(l, fmt.Errorf("%d bytes of shared memory: %w", l.Shared, err))
			}
			f.shared = l.Shared
		}
		p, err := newParams(l.Args, s.address)
		if err != nil {
			return bound, about(l, err)
		}
		bound = append(bound, launch{l, f.Function, p})
	}
	return bound, nil
}

// find returns the function of that name, in whichever part it is.
func (s *Session) find(entry string) (f cu.Function, err error) {
	for _, part := range s.code {
		if f, err = part.Function(entry); err == nil {
			return f, nil
		}
	}
	return f, err
}

// address returns where a place is.
func (s *Session) address(p codegen.Place) (cu.DevicePtr, error) {
	if p.Variable == "" {
		if !within(p.Offset, 0, s.module.Memory) {
			return 0, fmt.Errorf("offset %d is outside the %d bytes of the session", p.Offset, s.module.Memory)
		}
		return s.memory + cu.DevicePtr(p.Offset), nil
	}
	v, ok := s.variables.byName[p.Variable]
	if !ok || !within(p.Offset, 0, 4*int64(v.size)) {
		return 0, fmt.Errorf("there is no variable %q with an offset of %d bytes", p.Variable, p.Offset)
	}
	return v.memory + cu.DevicePtr(p.Offset), nil
}

// about says which kernel an error is of, and which line of the program.
func about(l *codegen.Launch, err error) error {
	if len(l.At) == 0 {
		return fmt.Errorf("kernel %s: %w", l.Entry, err)
	}
	return fmt.Errorf("kernel %s (%s): %w", l.Entry, l.At[0], err)
}

// start launches one after the other and waits for nothing; or adds them to a graph that is being captured.
func (s *Session) start(list []launch) error {
	for _, l := range list {
		if err := start(l.function, l.Launch, l.params, s.device.stream); err != nil {
			return about(l.Launch, err)
		}
	}
	return nil
}

// launchAll launches the step: as a graph; or one by one, where they are measured or waited for.
func (s *Session) launchAll() error {
	switch {
	case s.profile != nil:
		return s.profile.run(s)
	case s.graph == nil:
		return s.oneByOne()
	}
	if err := s.graph.launch(s.device.stream); err != nil {
		return s.blame(err)
	}
	return nil
}

// oneByOne launches one after the other and waits for each, so that an error is of the one that made it.
func (s *Session) oneByOne() error {
	if err := s.device.stream.Synchronize(); err != nil { // of what was prepared
		return named(err)
	}
	for _, l := range s.launches {
		err := start(l.function, l.Launch, l.params, s.device.stream)
		if err == nil {
			err = named(s.device.stream.Synchronize())
		}
		if err != nil {
			return about(l.Launch, err)
		}
	}
	return nil
}

// blame finds out which kernel of a step that failed is at fault: it launches them one by one, where the error left the
// context alive. After a fault in memory it does not, and only another process can tell.
func (s *Session) blame(err error) error {
	s.device.lost = cu.Synchronize() != nil
	if s.graph == nil {
		return err
	}
	if s.device.lost {
		return fmt.Errorf("a kernel failed: %w: run again with VN_CUDA_SYNC=1 in the environment to see which", err)
	}
	if found := s.oneByOne(); found != nil {
		return found
	}
	return fmt.Errorf("the graph of the step failed, and its kernels do not one by one: %w", err)
}
