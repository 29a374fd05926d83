//go:build cuda

package cuda

import (
	"fmt"
	"slices"
	"unsafe"

	"gorgonia.org/cu"

	codegen "github.com/vnlang/vn/codegen/cuda"
	vnruntime "github.com/vnlang/vn/runtime"
)

// control is the numbers of a step, as the kernels read them.
type control struct {
	seed, step uint64 // as codegen.Module.Step has them
	input      float32
}

// Run runs a step. The variables are undefined after an error of the device.
func (s *Session) Run(step vnruntime.Step) error {
	if err := vnruntime.CheckStep(s.plan, step); err != nil {
		return err
	}
	if len(s.feed.full) > 0 {
		return fmt.Errorf("run %s: the inputs of a step are staged: run that first", s.plan.Name)
	}
	if err := s.feed.bring(step.Inputs); err != nil {
		return fmt.Errorf("run %s: %w", s.plan.Name, err)
	}
	step.Inputs = nil
	return s.RunStaged(step)
}

// Stage brings the inputs of a step to the device, while the step before runs.
func (s *Session) Stage(inputs map[string][]float32) error {
	if err := vnruntime.CheckInputs(s.plan, inputs); err != nil {
		return err
	}
	if err := s.feed.bring(inputs); err != nil {
		return fmt.Errorf("bring the inputs of %s: %w", s.plan.Name, err)
	}
	return nil
}

// RunStaged runs a step on the inputs that were staged.
func (s *Session) RunStaged(step vnruntime.Step) error {
	if len(step.Inputs) > 0 {
		return fmt.Errorf("run %s: a step on staged inputs is given others", s.plan.Name)
	}
	if err := vnruntime.CheckOutputs(s.plan, step.Outputs); err != nil {
		return err
	}
	s.counts = -1
	select {
	case inputs := <-s.feed.full:
		if !inputs.step {
			s.counts = slices.IndexFunc(s.module.Inputs, func(h codegen.Host) bool { return h.Name == vnruntime.StepInput && h.Elements > 0 })
		}
	case <-s.feed.end:
		return fmt.Errorf("run %s: %w", s.plan.Name, errSessionClosed)
	default:
		return fmt.Errorf("run %s: no inputs are staged", s.plan.Name)
	}
	s.device.busy.Lock()
	defer s.device.busy.Unlock()
	if s.closed {
		return fmt.Errorf("run %s: %w", s.plan.Name, errSessionClosed)
	}
	*s.control = control{step.Seed, step.Step, float32(step.Step)}
	s.step, s.stale = step, false
	for i, v := range s.uses {
		s.stale = s.stale || v.version != s.seen[i]
	}
	err := s.device.do(func() error {
		err := s.run()
		if err != nil { // no copy is on its way when this returns
			s.device.lost = cu.Synchronize() != nil
		}
		return err
	})
	for _, v := range s.writes {
		v.version++
	}
	if err != nil {
		clear(s.seen)
		return fmt.Errorf("run %s: %w", s.plan.Name, err)
	}
	for i, v := range s.uses {
		s.seen[i] = v.version
	}
	for i, h := range s.module.Outputs {
		copy(step.Outputs[h.Name], s.outputs[i])
	}
	s.step = vnruntime.Step{}
	return nil
}

// DeviceSeconds returns how long the kernels of the last step took, copies of inputs and outputs left out.
func (s *Session) DeviceSeconds() float64 { return s.seconds }

// run copies what the step is given, launches and copies the outputs, and waits. It runs on the worker.
func (s *Session) run() error {
	if err := s.begin(); err != nil {
		return err
	}
	if s.stale {
		if err := s.start(s.prepare); err != nil {
			return err
		}
	}
	stream := s.device.stream
	if err := s.clock[0].Record(stream); err != nil {
		return named(err)
	}
	if err := s.launchAll(); err != nil {
		return err
	}
	if err := s.clock[1].Record(stream); err != nil {
		return named(err)
	}
	for i, h := range s.module.Outputs {
		if _, wanted := s.step.Outputs[h.Name]; wanted && h.Elements > 0 {
			if err := cu.MemcpyDtoHAsync(unsafe.Pointer(&s.outputs[i][0]), s.memory+cu.DevicePtr(h.Offset), 4*int64(h.Elements), stream); err != nil {
				return s.blame(named(err))
			}
		}
	}
	if err := stream.Synchronize(); err != nil {
		return s.blame(named(err))
	}
	milliseconds, err := s.clock[0].Elapsed(s.clock[1])
	s.seconds = milliseconds / 1e3
	return named(err)
}

// begin copies the inputs and the step's numbers to where the plan has them. It runs on the worker.
func (s *Session) begin() error {
	if err := s.feed.pass(s.memory); err != nil {
		return err
	}
	stream := s.device.stream
	err := cu.MemcpyHtoDAsync(s.memory+cu.DevicePtr(s.module.Step), unsafe.Pointer(&s.control.seed), stepBytes, stream)
	if err == nil && s.counts >= 0 {
		err = cu.MemcpyHtoDAsync(s.memory+cu.DevicePtr(s.module.Inputs[s.counts].Offset), unsafe.Pointer(&s.control.input), 4, stream)
	}
	if err != nil {
		return fmt.Errorf("copy the step's numbers: %w", named(err))
	}
	return nil
}
