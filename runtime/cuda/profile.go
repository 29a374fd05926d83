//go:build cuda

package cuda

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/cu"

	"github.com/vnlang/vn/lang/source"
	vnruntime "github.com/vnlang/vn/runtime"
)

// LaunchTime is what a launch does, and how long it took.
type LaunchTime struct {
	Entry, Note string
	Kernel      int     // of the plan
	Seconds     float64 // of one run: the median
	FLOPs       int64
	Bytes       int64
	At          []source.Position
}

// profile measures the launches of a session by events between them. It takes the place of the graph, so that a step
// takes a little longer than without it.
type profile struct {
	events  []cu.Event  // one before each launch, and one behind the last
	elapsed [][]float64 // seconds, by launch
	ran     bool        // events hold a run that was not read yet
}

// StartProfile makes the session measure each of its launches from now on, until LaunchTimes or Times is called.
func (s *Session) StartProfile() {
	if s.profile == nil {
		s.profile = &profile{}
	}
	s.profile.elapsed, s.profile.ran = make([][]float64, len(s.launches)), false
}

// LaunchTimes ends the measurement that StartProfile began. It returns the launches in the order in which they run, each
// with the median of its times over the runs in between; the times are 0 where there was no run.
func (s *Session) LaunchTimes() []LaunchTime {
	times := make([]LaunchTime, len(s.module.Launches))
	for i := range times {
		l := &s.module.Launches[i]
		times[i] = LaunchTime{Entry: l.Entry, Note: l.Note, Kernel: l.Kernel, FLOPs: l.FLOPs, Bytes: l.Bytes, At: l.At}
	}
	p := s.profile
	s.profile = nil
	if p == nil {
		return times
	}
	_ = s.device.do(func() error { return errors.Join(p.read(), p.release()) }) // an error of the device is one of the next run, too
	for i := range times {
		times[i].Seconds = median(p.elapsed[i])
	}
	return times
}

// Times is LaunchTimes by the kernels of the plan: the launches that a kernel takes are added up, and its algorithm is
// that of the longest. Kernels that share a launch have it counted for the first.
func (s *Session) Times() []vnruntime.KernelTime {
	times := make([]vnruntime.KernelTime, len(s.plan.Kernels))
	for i := range times {
		times[i] = vnruntime.NewKernelTime(&s.plan.Kernels[i])
		times[i].TrueFLOPs, times[i].Bytes = 0, 0
	}
	longest := make([]float64, len(times))
	for _, l := range s.LaunchTimes() {
		t := &times[l.Kernel]
		t.Seconds += l.Seconds
		t.TrueFLOPs += l.FLOPs
		t.Bytes += l.Bytes
		if t.Algorithm == "" || l.Seconds > longest[l.Kernel] {
			t.Algorithm, longest[l.Kernel] = l.Note, l.Seconds
		}
	}
	return times
}

// run launches the step, with an event before each launch. It runs on the worker.
func (p *profile) run(s *Session) error {
	if err := p.read(); err != nil {
		return err
	}
	for len(p.events) <= len(s.launches) {
		e, err := cu.MakeEvent(cu.DefaultEvent)
		if err != nil {
			return fmt.Errorf("make an event: %w", named(err))
		}
		p.events = append(p.events, e)
	}
	mark := func(i int) error { return named(p.events[i].Record(s.device.stream)) }
	for i, l := range s.launches {
		err := mark(i)
		if err == nil {
			err = start(l.function, l.Launch, l.params, s.device.stream)
		}
		if err != nil {
			return about(l.Launch, err)
		}
	}
	p.ran = true
	return mark(len(s.launches))
}

// read reads the times of the run before, which is done. It runs on the worker.
func (p *profile) read() error {
	if !p.ran {
		return nil
	}
	p.ran = false
	for i := range p.elapsed {
		milliseconds, err := p.events[i].Elapsed(p.events[i+1])
		if err != nil {
			return fmt.Errorf("read an event: %w", named(err))
		}
		p.elapsed[i] = append(p.elapsed[i], milliseconds/1e3)
	}
	return nil
}

// release gives the events back. It runs on the worker; nil holds none.
func (p *profile) release() error {
	if p == nil {
		return nil
	}
	var errs []error
	for i := range p.events {
		errs = append(errs, named(cu.DestroyEvent(&p.events[i])))
	}
	p.events = nil
	return errors.Join(errs...)
}

// median returns the median; 0 of nothing.
func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.SortFunc(of, cmp.Compare[float64])
	n := len(of)
	return (of[n/2] + of[(n-1)/2]) / 2
}
